/**
 * Admission that may have to wait: a generator that yields questions for webhooks and goes on with their answers. Everything else in it is
 * synchronous, so that a write which no webhook wants to see is judged in one go.
 */

import type { JsonObject } from '../base/object.ts';
import { nextTurn } from '../base/turn.ts';
import type { Turn } from '../cel/budget.ts';
import type { WebhookClientConfig } from '../kinds/types.generated.ts';

export interface WebhookQuestion {
  /** Of the webhook, for messages. */
  readonly name: string;
  /** Of the review. */
  readonly uid: string;
  readonly clientConfig: Readonly<WebhookClientConfig>;
  readonly timeoutMs: number;
  /** An AdmissionReview. */
  readonly review: JsonObject;
}

export type WebhookAnswer =
  /** `uid`: of the question that it answers. */
  | { readonly body: unknown; readonly uid: string }
  /** Why there is no answer, as upstream words it: `failed to call webhook: Post "https://…": connection refused`. */
  | { readonly failure: string }
  /** Nobody was there to ask: whoever runs admission without webhooks. It refuses nothing. */
  | 'not asked';

export interface WebhookPort {
  /** Never rejects. */
  ask(question: WebhookQuestion): Promise<WebhookAnswer>;
}

/** Yields what has to be asked, all at once, and takes the answers in that order. An empty list is a pause. */
export type AdmissionSteps<T> = Generator<readonly WebhookQuestion[], T, readonly WebhookAnswer[]>;

/** Lets others go on when expressions have taken long enough. */
export function* giveWay(turn: Turn): AdmissionSteps<void> {
  if (!turn.isOver) return;
  yield [];
  turn.begin();
}

/** What webhooks have answered, one list for each time they were asked. */
export type RecordedAnswers = readonly (readonly WebhookAnswer[])[];

/** Runs them without asking anybody; with what was answered to the very same questions before, if that is known. */
export function runSteps<T>(steps: AdmissionSteps<T>, recorded: RecordedAnswers = []): T {
  let round = 0;
  let step = steps.next();
  while (!step.done) {
    const questions = step.value;
    const known = questions.length > 0 ? recorded[round++] : undefined;
    step = steps.next(known?.length === questions.length ? known : questions.map(() => 'not asked' as const));
  }
  return step.value;
}

/** Runs them, asking when something has to be asked, and pausing where they pause. At once when nothing has to wait. */
export function runStepsAsking<T>(
  steps: AdmissionSteps<T>,
  port: WebhookPort | undefined,
  pause?: () => Promise<void>,
): T | Promise<T> {
  const first = steps.next();
  return first.done ? first.value : goOn(steps, first.value, port, pause);
}

async function goOn<T>(
  steps: AdmissionSteps<T>,
  first: readonly WebhookQuestion[],
  port: WebhookPort | undefined,
  pause?: () => Promise<void>,
): Promise<T> {
  let questions = first;
  for (;;) {
    if (questions.length === 0) await (pause ?? nextTurn)();
    const answers = await Promise.all(questions.map((question) => port?.ask(question) ?? ('not asked' as const)));
    const step = steps.next(answers);
    if (step.done) return step.value;
    questions = step.value;
  }
}

/**
 * Several admissions that wait for webhooks at the same time: what all of them want to ask is asked together, round by round.
 */

import type { AdmissionSteps, RecordedAnswers, WebhookAnswer, WebhookQuestion } from './steps.ts';

interface Waiting<A, T> {
  readonly about: A;
  readonly steps: AdmissionSteps<T>;
  readonly answers: (readonly WebhookAnswer[])[];
  questions: readonly WebhookQuestion[];
}

export interface Finished<A, T> {
  readonly about: A;
  readonly result: T;
  /** In the order of the rounds; empty when nobody was asked. */
  readonly answers: RecordedAnswers;
}

/** So many admissions wait at once: each holds its object. */
const WAITING_MAX = 200;

export class WaitingAdmissions<A, T> {
  #waiting: Waiting<A, T>[] = [];

  get isFull(): boolean {
    return this.#waiting.length >= WAITING_MAX;
  }

  /** What came of it, when nobody has to be asked. */
  start(about: A, steps: AdmissionSteps<T>): Finished<A, T> | undefined {
    const step = steps.next();
    if (step.done) return { about, result: step.value, answers: [] };
    this.#waiting.push({ about, steps, answers: [], questions: step.value });
    return undefined;
  }

  /** Asks until none waits any more. Those that only paused go on one at a time, and others between them. */
  *finish(): AdmissionSteps<Finished<A, T>[]> {
    const finished: Finished<A, T>[] = [];
    while (this.#waiting.length > 0) {
      const round = this.#waiting;
      const answers = yield round.flatMap(({ questions }) => questions);
      let from = 0;
      for (const one of round) {
        const own = answers.slice(from, from + one.questions.length);
        from += one.questions.length;
        if (own.length > 0) one.answers.push(own);
        else yield [];
        const step = one.steps.next(own);
        if (!step.done) one.questions = step.value;
        else {
          finished.push({ about: one.about, result: step.value, answers: one.answers });
          this.#waiting = this.#waiting.filter((other) => other !== one);
        }
      }
    }
    return finished;
  }

  /** Nobody waits for the answers any more: whatever is held is given back. */
  abandon(): void {
    for (const { steps } of this.#waiting) steps.return(undefined as never);
    this.#waiting = [];
  }
}

/** Admissions that wait together: for webhooks, and for others to have their turn. */

import { expect, it } from 'vitest';
import {
  type AdmissionSteps,
  runSteps,
  type WebhookAnswer,
  type WebhookQuestion,
} from '../../daemon/admission/steps.ts';
import { WaitingAdmissions } from '../../daemon/admission/waiting.ts';

const question = (name: string) => ({ name }) as WebhookQuestion;
const bodyOf = (answer: WebhookAnswer | undefined): unknown =>
  typeof answer === 'object' && 'body' in answer ? answer.body : answer;

/** Pauses, asks, pauses and asks once more. */
function* admission(name: string): AdmissionSteps<unknown[]> {
  yield [];
  const [first] = yield [question(`${name}-1`)];
  yield [];
  const [second] = yield [question(`${name}-2`)];
  return [bodyOf(first), bodyOf(second)];
}

const answersTo = (questions: readonly WebhookQuestion[]): WebhookAnswer[] =>
  questions.map(({ name }) => ({ body: `yes to ${name}`, uid: '' }));

it('what was asked is known again, whatever was paused between', () => {
  const waiting = new WaitingAdmissions<string, unknown[]>();
  for (const name of ['a', 'b']) expect(waiting.start(name, admission(name))).toBeUndefined();
  const steps = waiting.finish();
  let step = steps.next();
  let pauses = 0;
  while (!step.done) {
    if (step.value.length === 0) pauses++;
    step = steps.next(answersTo(step.value));
  }
  expect(pauses).toBeGreaterThanOrEqual(4);
  expect(step.value.map(({ about, result }) => [about, result])).toEqual([
    ['a', ['yes to a-1', 'yes to a-2']],
    ['b', ['yes to b-1', 'yes to b-2']],
  ]);
  for (const { about, result, answers } of step.value) expect(runSteps(admission(about), answers)).toEqual(result);
});

it('what is abandoned while it pauses is given back', () => {
  const ended: string[] = [];
  function* held(name: string): AdmissionSteps<string> {
    try {
      yield [];
      yield [];
      return name;
    } finally {
      ended.push(name);
    }
  }
  const waiting = new WaitingAdmissions<string, string>();
  for (const name of ['a', 'b', 'c']) waiting.start(name, held(name));
  const steps = waiting.finish();
  steps.next();
  steps.next([]);
  steps.next([]);
  steps.return([]);
  waiting.abandon();
  expect(ended.sort()).toEqual(['a', 'b', 'c']);
});

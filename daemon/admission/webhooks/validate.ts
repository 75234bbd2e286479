/**
 * ValidatingAdmissionWebhook: all webhooks that want to see a request are asked at once; the first no, in their order, is the answer.
 */

import { Turn } from '../../cel/budget.ts';
import type { AdmissionEnvironment } from '../contract.ts';
import { shownAttributes } from '../matching/shown-attributes.ts';
import type { Attributes, Refusal } from '../plugin.ts';
import { type AdmissionSteps, giveWay } from '../steps.ts';
import { type Call, judgeAnswer, prepareCall } from './call.ts';
import { configuredWebhooks, invocationOf } from './select.ts';

export function* askValidatingWebhooks(
  asked: Attributes,
  environment: AdmissionEnvironment,
): AdmissionSteps<Refusal | undefined> {
  const attributes = shownAttributes(asked);
  const configurations = configuredWebhooks('validating', attributes, environment);
  if (configurations.length === 0) return undefined;
  const calls: Call[] = [];
  const turn = new Turn();
  for (const configuration of configurations) {
    for (const webhook of configuration.webhooks ?? []) {
      yield* giveWay(turn);
      const invocation = invocationOf(configuration, webhook, attributes, environment, turn);
      if (!invocation) continue;
      const call = 'error' in invocation ? invocation : prepareCall(invocation, attributes, environment);
      if ('error' in call) return call;
      calls.push(call);
    }
  }
  if (calls.length === 0) return undefined;
  const answers = yield calls.map(({ question }) => question);
  let refusal: Refusal | undefined;
  for (const [index, call] of calls.entries()) {
    const verdict = judgeAnswer(call, answers[index]!, attributes, { type: 'validating', round: 0, index });
    if (verdict && 'error' in verdict) refusal ??= verdict;
  }
  return refusal;
}

/**
 * Asking one webhook: the question, and its answer judged by the webhook's failurePolicy (`apiserver/pkg/admission/plugin/webhook`). Pure.
 */

import { badRequest, internalError } from '../../base/status.ts';
import type { AdmissionEnvironment } from '../contract.ts';
import type { Attributes, Refusal } from '../plugin.ts';
import type { WebhookAnswer, WebhookQuestion } from '../steps.ts';
import { createReview, readReview, type Verdict } from './review.ts';
import type { Invocation } from './select.ts';

const TIMEOUT_SECONDS_DEFAULT = 10;

export interface Call {
  readonly invocation: Invocation;
  readonly question: WebhookQuestion;
}

/** A refusal for a webhook that may not be asked in a dry run. */
export function prepareCall(
  invocation: Invocation,
  attributes: Attributes,
  { ids }: AdmissionEnvironment,
): Call | Refusal {
  const { webhook, as } = invocation;
  if (attributes.dryRun && webhook.sideEffects !== 'None' && webhook.sideEffects !== 'NoneOnDryRun') {
    const error = badRequest(`admission webhook ${JSON.stringify(webhook.name)} does not support dry run`);
    return { error, fieldPath: '' };
  }
  const uid = ids.uid();
  const question = {
    name: webhook.name,
    uid,
    clientConfig: webhook.clientConfig,
    timeoutMs: (webhook.timeoutSeconds ?? TIMEOUT_SECONDS_DEFAULT) * 1000,
    review: createReview(webhook, attributes, as, uid),
  };
  return { invocation, question };
}

/** What the answer means; a refusal for a no, and for what went wrong and may not be ignored. Undefined: it is as if nobody had been asked. */
export function judgeAnswer(
  { invocation: { webhook } }: Call,
  answer: WebhookAnswer,
  attributes: Attributes,
  place: { readonly type: 'mutating' | 'validating'; readonly round: number; readonly index: number },
): Verdict | Refusal | undefined {
  if (answer === 'not asked') return undefined;
  const mayChange = place.type === 'mutating';
  const read =
    'failure' in answer ? { problem: answer.failure } : readReview(webhook, answer.uid, answer.body, mayChange);
  if ('problem' in read) {
    if (webhook.failurePolicy === 'Ignore') {
      const key = `failed-open.${place.type}.webhook.admission.k8s.io/round_${place.round}_index_${place.index}`;
      attributes.annotate(key, webhook.name);
      return undefined;
    }
    const error = internalError(`failed calling webhook ${JSON.stringify(webhook.name)}: ${read.problem}`);
    return { error, fieldPath: '' };
  }
  for (const [key, value] of Object.entries(read.auditAnnotations))
    attributes.annotate(`${webhook.name}/${key}`, value);
  for (const warning of read.warnings) attributes.warn(warning);
  return read.denial ? { error: read.denial, fieldPath: '' } : read;
}

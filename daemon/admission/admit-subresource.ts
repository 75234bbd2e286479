/**
 * The admission of what is POSTed to a subresource and is no object of its own: evictions, bindings, token requests. In the order of
 * `admit-object.ts`: plugins and webhooks that change, then those that judge. What they are shown is the body, at the place of the object that has
 * the subresource.
 */

import type { UserInfo } from '../auth/user.ts';
import type { JsonObject, KubeObject } from '../base/object.ts';
import type { StatusError } from '../base/status.ts';
import type { Kind } from '../kinds/kind.ts';
import { mutateBuiltIn, validateBuiltIn } from './built-in.ts';
import type { AdmissionEnvironment } from './contract.ts';
import type { Attributes } from './plugin.ts';
import { type AdmissionSteps, runStepsAsking } from './steps.ts';
import { askMutatingWebhooks } from './webhooks/mutate.ts';
import { askValidatingWebhooks } from './webhooks/validate.ts';

export interface SubresourceRequest {
  /** Of the object that has the subresource. */
  kind: Kind;
  subresource: string;
  user: UserInfo;
  namespace: string | undefined;
  name: string;
  body: KubeObject;
  /** Of the body. */
  bodyKind: { group: string; version: string; kind: string };
  /** `CreateOptions` */
  options?: Readonly<JsonObject>;
  dryRun?: boolean;
  /** Tells the client (`Warning: 299`). */
  warn?(text: string): void;
  /** For the audit's record of the request. */
  annotate?(key: string, value: string): void;
}

/** The body as it is admitted, or the answer that refuses it. At once when no webhook wants to see it. */
export type AdmittedBody = { body: KubeObject } | { error: StatusError };

export function admitSubresource(
  environment: AdmissionEnvironment,
  request: SubresourceRequest,
): AdmittedBody | Promise<AdmittedBody> {
  return runStepsAsking(admitSteps(environment, request), environment.webhooks);
}

function* admitSteps(environment: AdmissionEnvironment, request: SubresourceRequest): AdmissionSteps<AdmittedBody> {
  const attributesOf = (object: KubeObject) => attributesOfBody(request, object);
  const reinvoke = (object: KubeObject) => mutateBuiltIn(attributesOf(object), environment);
  const early = reinvoke(request.body);
  if (early) return early;
  const mutated = yield* askMutatingWebhooks(request.body, { attributesOf, reinvoke }, environment);
  if ('refusal' in mutated) return mutated.refusal;
  const attributes = attributesOf(mutated.object);
  const refusal =
    (yield* validateBuiltIn(attributes, environment)) ?? (yield* askValidatingWebhooks(attributes, environment));
  return refusal ?? { body: mutated.object };
}

function attributesOfBody(request: SubresourceRequest, object: KubeObject): Attributes {
  const { kind, subresource, user, namespace, name, bodyKind, options, dryRun, warn, annotate } = request;
  return {
    ...{ kind, objectKind: bodyKind, operation: 'create', subresource, user, namespace, name, requestedName: name },
    object,
    old: undefined,
    ...(dryRun ? { dryRun } : {}),
    ...(options ? { options } : {}),
    warn: (text) => warn?.(text),
    annotate: (key, value) => annotate?.(key, value),
  };
}

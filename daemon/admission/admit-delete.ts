/**
 * Whether an object may be deleted at all, whoever asks and by whatever way.
 */

import type { UserInfo } from '../auth/user.ts';
import type { KubeObject, ObjectKey } from '../base/object.ts';
import type { StatusError } from '../base/status.ts';
import type { Kind } from '../kinds/kind.ts';
import { mutateBuiltIn, validateBuiltIn } from './built-in.ts';
import type { AdmissionEnvironment } from './contract.ts';
import type { Attributes } from './plugin.ts';
import { type AdmissionSteps, runStepsAsking } from './steps.ts';
import { askAboutUnchanged } from './webhooks/mutate.ts';
import { askValidatingWebhooks } from './webhooks/validate.ts';

export interface DeleteRequest {
  kind: Kind;
  key: ObjectKey;
  user: UserInfo;
  live: Readonly<KubeObject> | undefined;
  /** Nothing will be removed. */
  dryRun?: boolean;
  /** Tells the client (`Warning: 299`). */
  warn?(text: string): void;
  /** For the audit's record of the request. */
  annotate?(key: string, value: string): void;
}

/** The answer that refuses it, or undefined. Webhooks are asked; at once when there are none. */
export function admitDelete(
  environment: AdmissionEnvironment,
  request: DeleteRequest,
): StatusError | undefined | Promise<StatusError | undefined> {
  return runStepsAsking(admitDeleteSteps(environment, request), environment.webhooks);
}

function* admitDeleteSteps(
  environment: AdmissionEnvironment,
  request: DeleteRequest,
): AdmissionSteps<StatusError | undefined> {
  const { kind, key, user, live, dryRun } = request;
  const isNamespace = kind.resource.group === '' && kind.resource.plural === 'namespaces';
  const attributes: Attributes = {
    kind,
    operation: 'delete',
    subresource: '',
    user,
    namespace: isNamespace ? key.name : key.namespace,
    name: key.name,
    requestedName: key.name,
    object: undefined,
    old: live,
    ...(dryRun ? { dryRun } : {}),
    options: { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', ...(dryRun ? { dryRun: ['All'] } : {}) },
    warn: (text) => request.warn?.(text),
    annotate: (key, value) => request.annotate?.(key, value),
  };
  const refusal =
    mutateBuiltIn(attributes, environment) ??
    (yield* askAboutUnchanged(attributes, environment)) ??
    (yield* validateBuiltIn(attributes, environment)) ??
    (yield* askValidatingWebhooks(attributes, environment));
  return refusal?.error;
}

/**
 * Whether somebody may connect to a pod, a service or a node (exec, attach, port-forward, proxy), beyond what they are authorized to: policies and
 * webhooks with the operation CONNECT.
 */

import type { UserInfo } from '../auth/user.ts';
import type { KubeObject } from '../base/object.ts';
import type { StatusError } from '../base/status.ts';
import type { Kind } from '../kinds/kind.ts';
import type { AdmissionEnvironment } from './contract.ts';
import type { Attributes } from './plugin.ts';
import { validatingAdmissionPolicy } from './plugins/validating-admission-policy.ts';
import { type AdmissionSteps, runStepsAsking } from './steps.ts';
import { askAboutUnchanged } from './webhooks/mutate.ts';
import { askValidatingWebhooks } from './webhooks/validate.ts';

export interface ConnectRequest {
  /** Of what is connected to. */
  kind: Kind;
  subresource: string;
  namespace: string | undefined;
  name: string;
  user: UserInfo;
  /** `PodExecOptions` and the like, with its kind. */
  options: KubeObject;
  /** For the audit's record of the request. */
  annotate?(key: string, value: string): void;
}

/** The answer that refuses it, or undefined. */
export function admitConnect(
  environment: AdmissionEnvironment,
  request: ConnectRequest,
): StatusError | undefined | Promise<StatusError | undefined> {
  return runStepsAsking(admitSteps(environment, request), environment.webhooks);
}

function* admitSteps(
  environment: AdmissionEnvironment,
  { kind, subresource, namespace, name, user, options, annotate }: ConnectRequest,
): AdmissionSteps<StatusError | undefined> {
  const attributes: Attributes = {
    kind,
    // What is asked about is the connection's options, at the place of the pod.
    objectKind: { group: '', version: 'v1', kind: options.kind ?? '' },
    operation: 'connect',
    subresource,
    user,
    namespace,
    name,
    requestedName: name,
    object: options,
    old: undefined,
    warn() {},
    annotate: (key, value) => annotate?.(key, value),
  };
  const refusal =
    (yield* askAboutUnchanged(attributes, environment)) ??
    (yield* validatingAdmissionPolicy.validateInTurns(attributes, environment)) ??
    (yield* askValidatingWebhooks(attributes, environment));
  return refusal?.error;
}

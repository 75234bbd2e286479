/**
 * What an admission plugin is: a rule of policy that looks beyond the object itself, as the API server's built-in plugins do.
 * Plugins are pure: they see the cluster through the environment and answer; `mutate` may change the object in place.
 */

import type { UserInfo } from '../auth/user.ts';
import type { JsonObject, KubeObject } from '../base/object.ts';
import { forbidden, type StatusError } from '../base/status.ts';
import type { Kind } from '../kinds/kind.ts';
import type { AdmissionEnvironment } from './contract.ts';
import type { AdmissionSteps } from './steps.ts';

/** What is asked, as `admission.Attributes` has it. */
export interface Attributes {
  readonly kind: Kind;
  readonly operation: 'create' | 'update' | 'delete' | 'connect';
  readonly subresource: string;
  readonly user: UserInfo;
  /** Of a Namespace it is its own name. */
  readonly namespace: string | undefined;
  /** For messages: the name, or what it is made from. */
  readonly name: string;
  /** As the request names it; `''` when the server shall generate it. */
  readonly requestedName: string;
  /** Undefined for a deletion; of a connection its options. */
  readonly object: KubeObject | undefined;
  readonly old: Readonly<KubeObject> | undefined;
  /** What `object` and `old` are, when they are not of `kind`: a Scale, PodExecOptions. */
  readonly objectKind?: { readonly group: string; readonly version: string; readonly kind: string };
  readonly dryRun?: boolean;
  /** `CreateOptions`, `UpdateOptions`, `DeleteOptions` of the request. */
  readonly options?: Readonly<JsonObject>;
  /** Tells the client, when the write is admitted (`Warning: 299`). */
  warn(text: string): void;
  /** For the audit's record of the request, admitted or not. */
  annotate(key: string, value: string): void;
}

/** A plugin's no. */
export interface Refusal {
  readonly error: StatusError;
  /** Where in the object the reason stands; `''` when nowhere. */
  readonly fieldPath: string;
  readonly expected?: string;
}

export interface Plugin {
  readonly name: string;
  /** Before the object is prepared and validated. */
  mutate?(attributes: Attributes, environment: AdmissionEnvironment): Refusal | undefined;
  /** After the object has been found valid. */
  validate?(attributes: Attributes, environment: AdmissionEnvironment): Refusal | undefined;
  /** In place of `validate`, for what may take long: others go on where it pauses. */
  validateInTurns?(attributes: Attributes, environment: AdmissionEnvironment): AdmissionSteps<Refusal | undefined>;
}

/** `pods "p" is forbidden: why` (403). */
export function refuse(
  attributes: Pick<Attributes, 'kind' | 'name'>,
  fieldPath: string,
  why: string,
  expected?: string,
): Refusal {
  const { group, plural } = attributes.kind.resource;
  return {
    error: forbidden({ group, resource: plural }, attributes.name, why),
    fieldPath,
    ...(expected ? { expected } : {}),
  };
}

/** True for the object itself (no subresource) of a core resource. */
export function isCore(attributes: Attributes, plural: string): boolean {
  const { resource } = attributes.kind;
  return resource.group === '' && resource.plural === plural && attributes.subresource === '';
}

/**
 * What an admission plugin is: a rule of policy that looks beyond the object itself, as the API server's built-in plugins do.
 * Plugins are pure: they see the cluster through the environment and answer; `mutate` may change the object in place.
 */

import type { UserInfo } from '../auth/user.ts';
import type { KubeObject } from '../base/object.ts';
import { forbidden, type StatusError } from '../base/status.ts';
import type { Kind } from '../kinds/kind.ts';
import type { AdmissionEnvironment } from './contract.ts';

/** What is asked, as `admission.Attributes` has it. */
export interface Attributes {
  readonly kind: Kind;
  readonly operation: 'create' | 'update' | 'delete';
  readonly subresource: string;
  readonly user: UserInfo;
  /** Of a Namespace it is its own name. */
  readonly namespace: string | undefined;
  /** `''` when the server shall generate it. */
  readonly name: string;
  /** Undefined for a deletion. */
  readonly object: KubeObject | undefined;
  readonly old: Readonly<KubeObject> | undefined;
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
}

/** `pods "p" is forbidden: why` (403). */
export function refuse(attributes: Attributes, fieldPath: string, why: string, expected?: string): Refusal {
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

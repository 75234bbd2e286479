/**
 * Who asks, and what they ask to do: the shapes that authentication gives and authorization judges
 * (`authentication.k8s.io` UserInfo, `authorization.k8s.io` ResourceAttributes).
 */

import type { FieldSelector } from '../base/field-selector.ts';
import type { Selector } from '../base/selector.ts';
import type { PolicyRule } from './rbac.ts';

export interface UserInfo {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface ResourceAttributes {
  /** get, list, watch, create, update, patch, delete, deletecollection, or a special verb such as bind. */
  verb: string;
  group: string;
  version?: string;
  /** Plural; `''` with `path` for a non-resource request. */
  resource: string;
  subresource?: string;
  namespace?: string;
  name?: string;
  /** Of a list, watch or deletecollection (KEP-4601); absent: everything is asked for. */
  fieldSelector?: FieldSelector;
  labelSelector?: Selector;
}

export interface NonResourceAttributes {
  verb: string;
  path: string;
}

export type Attributes = ResourceAttributes | NonResourceAttributes;

export interface AuthorizationResult {
  allowed: boolean;
  /** For people: `RBAC: allowed by ClusterRoleBinding "cluster-admin" of ClusterRole "cluster-admin" to Group "system:masters"`. */
  reason: string;
}

/** Synchronous: it reads roles and bindings from memory. */
export interface Authorizer {
  authorize(user: UserInfo, attributes: Attributes): AuthorizationResult;
}

export interface RuleSet {
  rules: readonly PolicyRule[];
  /** There may be more than these. */
  incomplete: boolean;
  /** Why. */
  error?: string;
}

/** An authorizer that can tell what a user may do. */
export interface RuleAuthorizer extends Authorizer {
  rulesFor(user: UserInfo, namespace: string): RuleSet;
}

/** People's writes may become commits; these never do (design: "Writes through the API are commits"). */
export function isPerson(user: UserInfo): boolean {
  return !user.username.startsWith('system:') || user.username === 'system:admin';
}

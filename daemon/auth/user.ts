/**
 * Who asks, and what they ask to do: the shapes that authentication gives and authorization judges
 * (`authentication.k8s.io` UserInfo, `authorization.k8s.io` ResourceAttributes).
 */

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

/** People's writes may become commits; these never do (design: "Writes through the API are commits"). */
export function isPerson(user: UserInfo): boolean {
  return !user.username.startsWith('system:') || user.username === 'system:admin';
}

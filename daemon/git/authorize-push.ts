/**
 * Whether the pusher may do to each object what the push does to it: the API's verbs, the API's 403 wording. Pure.
 */

import type { Authorizer, UserInfo } from '../auth/user.ts';
import { forbidden } from '../base/status.ts';
import type { NamedObject } from './manifest-file.ts';

export type PushVerb = 'create' | 'update' | 'delete';

/** The message of the 403 that the API would answer, or undefined when it is allowed. */
export function refuseVerb(
  authorizer: Authorizer,
  user: UserInfo,
  verb: PushVerb,
  { kind, key }: NamedObject,
): string | undefined {
  const { group, version, plural: resource } = kind.resource;
  const { namespace } = key;
  // A create does not name its object, as over the API: a role restricted to names grants none.
  const name = verb === 'create' ? undefined : key.name;
  const { allowed, reason } = authorizer.authorize(user, {
    verb,
    group,
    version,
    resource,
    ...(namespace ? { namespace } : {}),
    ...(name ? { name } : {}),
  });
  if (allowed) return undefined;
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope';
  const why = `User "${user.username}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
  return forbidden({ group, resource }, name ?? '', reason ? `${why}: ${reason}` : why).message;
}

/** Where the API serves the repository; rights to the repository as a whole are rights to this path. */
export const REPOSITORY_PATH = '/git/desired.git';

/**
 * `get`: fetch; `create`: make and move branches other than the tracked one, which deploy nothing (the role `reflet:contributor`); `update`: any ref,
 * to delete them too, and be no person.
 */
export function refuseRepository(
  authorizer: Authorizer,
  user: UserInfo,
  verb: 'get' | 'create' | 'update',
): string | undefined {
  const { allowed } = authorizer.authorize(user, { verb, path: REPOSITORY_PATH });
  return allowed ? undefined : `forbidden: User "${user.username}" cannot ${verb} path "${REPOSITORY_PATH}"`;
}

/** `reflet.yaml` counts as the one object of `configurations.reflet.dev`. */
export function refuseConfiguration(authorizer: Authorizer, user: UserInfo): string | undefined {
  const [group, resource] = ['reflet.dev', 'configurations'];
  const { allowed, reason } = authorizer.authorize(user, { verb: 'update', group, version: 'v1', resource });
  if (allowed) return undefined;
  const why = `User "${user.username}" cannot update resource "${resource}" in API group "${group}" at the cluster scope`;
  return forbidden({ group, resource }, '', reason ? `${why}: ${reason}` : why).message;
}

/**
 * Which node a user is (`pkg/auth/nodeidentifier`): named `system:node:<name>` and of the group `system:nodes`.
 */

import type { UserInfo } from './user.ts';

const PREFIX = 'system:node:';
const GROUP = 'system:nodes';

/** Undefined: no node. `''`: of the nodes' group or name, but it cannot be told which. */
export function nodeOf(user: UserInfo): string | undefined {
  if (!user.username.startsWith(PREFIX) || !user.groups.includes(GROUP)) return undefined;
  return user.username.slice(PREFIX.length);
}

/**
 * Whether a user may do what they ask: asks the authorizer, and says no as the API server does.
 * Called by whoever receives a request (the HTTP layer, the in-process client), and by verbs that turn into another one on the way
 * (an apply that creates).
 */

import { refusal } from '../../auth/rbac.ts';
import type { Attributes, Authorizer, UserInfo } from '../../auth/user.ts';
import { parseFieldSelector } from '../../base/field-selector.ts';
import { parseSelector } from '../../base/selector.ts';
import { forbidden, type StatusError } from '../../base/status.ts';
import type { Scope, Selectors } from './requests.ts';

/** Throws 403. `annotate`: of the request that the audit writes down, which is told what was decided. */
export function authorizeRequest(
  { authorizer }: { authorizer: Authorizer },
  user: UserInfo,
  attributes: Attributes,
  annotate?: (key: string, value: string) => void,
): void {
  const { allowed, reason } = authorizer.authorize(user, attributes);
  annotate?.('authorization.k8s.io/decision', allowed ? 'allow' : 'forbid');
  annotate?.('authorization.k8s.io/reason', reason);
  if (!allowed) throw refused(user, attributes, reason);
}

/** What somebody is told who may not. `reason` is the authorizer's. */
function refused(user: UserInfo, attributes: Attributes, reason: string): StatusError {
  const why = refusal(user, attributes, reason);
  if (!('resource' in attributes)) return forbidden({ group: '', resource: '' }, '', why);
  const { group, resource, name } = attributes;
  return forbidden({ group, resource }, name ?? '', why);
}

/** The attributes of a verb on a kind: authorization and messages speak of these. */
export function attributesOf(
  scope: Scope & { name?: string },
  verb: string,
  subresource = '',
  selectors: Selectors = {},
): Attributes {
  const { group, version, plural } = scope.kind.resource;
  const fieldSelector = selectors.fieldSelector ? parseFieldSelector(selectors.fieldSelector) : undefined;
  const name =
    scope.name ?? fieldSelector?.find(({ field, operator }) => field === 'metadata.name' && operator === '=')?.value;
  return {
    verb,
    group,
    version,
    resource: plural,
    ...(subresource ? { subresource } : {}),
    ...(scope.namespace ? { namespace: scope.namespace } : {}),
    ...(name ? { name } : {}),
    ...(fieldSelector ? { fieldSelector } : {}),
    ...(selectors.labelSelector ? { labelSelector: parseSelector(selectors.labelSelector) } : {}),
  };
}

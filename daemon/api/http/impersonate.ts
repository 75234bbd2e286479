/**
 * Impersonation: a request in another's name, if the caller may `impersonate` each part of it
 * (`apiserver/pkg/endpoints/filters/impersonation.go`).
 */

import type { IncomingHttpHeaders } from 'node:http';
import { refusal } from '../../auth/rbac.ts';
import type { Authorizer, ResourceAttributes, UserInfo } from '../../auth/user.ts';
import { badRequest, forbidden } from '../../base/status.ts';

const EXTRA_PREFIX = 'impersonate-extra-';
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

const listOf = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : value.split(/,\s*/);

/** The user to go on as; the caller itself when nothing is impersonated. Throws 400 and 403. */
export function impersonate(caller: UserInfo, headers: IncomingHttpHeaders, authorizer: Authorizer): UserInfo {
  const username = headers['impersonate-user'] as string | undefined;
  const groups = listOf(headers['impersonate-group']);
  const uid = headers['impersonate-uid'] as string | undefined;
  const extraNames = Object.keys(headers).filter((name) => name.startsWith(EXTRA_PREFIX));
  if (!username) {
    if (groups.length > 0 || extraNames.length > 0 || uid)
      throw badRequest('impersonation of groups, extra fields or a uid needs Impersonate-User');
    return caller;
  }
  const require = (attributes: ResourceAttributes) => {
    const { allowed, reason } = authorizer.authorize(caller, attributes);
    if (!allowed)
      throw forbidden(
        { group: attributes.group, resource: attributes.resource },
        attributes.name ?? '',
        refusal(caller, attributes, reason),
      );
  };
  const account = SERVICE_ACCOUNT.exec(username);
  if (account)
    require({ verb: 'impersonate', group: '', resource: 'serviceaccounts', namespace: account[1]!, name: account[2]! });
  else require({ verb: 'impersonate', group: '', resource: 'users', name: username });
  for (const name of groups) require({ verb: 'impersonate', group: '', resource: 'groups', name });
  const authentication = { verb: 'impersonate', group: 'authentication.k8s.io' };
  const extra = new Map<string, string[]>();
  for (const header of extraNames) {
    const key = decodeKey(header.slice(EXTRA_PREFIX.length));
    const values = listOf(headers[header]);
    for (const name of values) require({ ...authentication, resource: 'userextras', subresource: key, name });
    extra.set(key, values);
  }
  if (uid) require({ ...authentication, resource: 'uids', name: uid });
  const impersonated = { username, groups: groupsOf(username, account, groups), extra: Object.fromEntries(extra) };
  return uid ? { ...impersonated, uid } : impersonated;
}

/** As upstream's `unescapeExtraKey`: what is not properly encoded stands for itself. */
function decodeKey(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function groupsOf(username: string, account: RegExpExecArray | null, groups: string[]): string[] {
  if (username === 'system:anonymous') return [...new Set([...groups, 'system:unauthenticated'])];
  const implied =
    account && groups.length === 0 ? ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`] : [];
  return [...new Set([...groups, ...implied, 'system:authenticated'])];
}

/**
 * Impersonation: a request in another's name, if the caller may `impersonate` each part of it
 * (`apiserver/pkg/endpoints/filters/impersonation.go`).
 */

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { refusal } from '../../auth/rbac.ts';
import type { Authorizer, ResourceAttributes, UserInfo } from '../../auth/user.ts';
import { goQuote } from '../../base/go-quote.ts';
import { forbidden } from '../../base/status.ts';
import { TextError } from './text-error.ts';

const PREFIX = 'impersonate-';
const EXTRA_PREFIX = `${PREFIX}extra-`;
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** The user to go on as; the caller itself when nothing is impersonated. Throws 403, and a text of 500 where nobody is named. */
export function impersonate(
  caller: UserInfo,
  { headers, rawHeaders, url = '' }: Pick<IncomingMessage, 'headers' | 'rawHeaders' | 'url'>,
  authorizer: Authorizer,
): UserInfo {
  if (!isImpersonating(headers)) return caller;
  const given = headerValues(rawHeaders);
  const [username] = given.get(`${PREFIX}user`) ?? [];
  const groups = given.get(`${PREFIX}group`) ?? [];
  const [uid] = given.get(`${PREFIX}uid`) ?? [];
  const extraNames = [...given.keys()].filter((name) => name.startsWith(EXTRA_PREFIX));
  if (!username) {
    const extra = extraNames.flatMap((name) => given.get(name)!.map((value) => ({ name, value })));
    if (groups.length > 0 || extra.length > 0 || uid) throw nobodyImpersonated(url, groups, extra, uid);
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
    const values = given.get(header)!;
    for (const name of values) require({ ...authentication, resource: 'userextras', subresource: key, name });
    extra.set(key, values);
  }
  if (uid) require({ ...authentication, resource: 'uids', name: uid });
  const impersonated = { username, groups: groupsOf(username, account, groups), extra: Object.fromEntries(extra) };
  return uid ? { ...impersonated, uid } : impersonated;
}

/** Upstream holds this for its own error: text, with what was asked for as Go shows a list of `ObjectReference`. */
function nobodyImpersonated(
  url: string,
  groups: readonly string[],
  extra: readonly { name: string; value: string }[],
  uid: string | undefined,
): TextError {
  const version = 'authentication.k8s.io/v1';
  const asked = [
    ...groups.map((name) => `{Group  ${name}    }`),
    ...extra.map(
      ({ name, value }) => `{UserExtra  ${value}  ${version}  ${decodeKey(name.slice(EXTRA_PREFIX.length))}}`,
    ),
    ...(uid ? [`{UID  ${uid}  ${version}  }`] : []),
  ];
  const target = goQuote(url.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'));
  const why = `requested [${asked.join(' ')}] without impersonating a user`;
  return new TextError(500, 'InternalError', `Internal Server Error: ${target}: ${why}\n`);
}

function isImpersonating(headers: IncomingHttpHeaders): boolean {
  for (const name in headers) if (name.startsWith(PREFIX)) return true;
  return false;
}

/** Each header by itself: joined with commas, as `headers` has them, a name with a comma in it (`CN=ops,O=example`) would be two. */
function headerValues(rawHeaders: readonly string[]): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (name.startsWith(PREFIX)) values.set(name, [...(values.get(name) ?? []), rawHeaders[at + 1]!]);
  }
  return values;
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
  const authenticated = groups.includes('system:unauthenticated') ? [] : ['system:authenticated'];
  return [...new Set([...groups, ...implied, ...authenticated])];
}

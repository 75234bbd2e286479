/** What a user is bound by: the same as looking at each binding in turn, in the same order. */

import { describe, expect, it } from 'vitest';
import { bindingsFor } from '../../daemon/auth/binding-index.ts';
import type { Binding, Subject } from '../../daemon/auth/rbac.ts';
import type { UserInfo } from '../../daemon/auth/user.ts';

const user = (name: string): Subject => ({ kind: 'User', name });
const group = (name: string): Subject => ({ kind: 'Group', name });
const account = (name: string, namespace?: string): Subject => ({
  kind: 'ServiceAccount',
  name,
  ...(namespace === undefined ? {} : { namespace }),
});
const binding = (name: string, subjects?: Subject[] | null): Binding =>
  ({ name, roleRef: { kind: 'ClusterRole', name: 'r' }, subjects }) as Binding;

const bindings = [
  binding('devs', [group('devs')]),
  binding('none'),
  binding('null', null),
  binding('jane twice', [user('ada'), group('devs'), user('jane')]),
  binding('everybody', [group('system:authenticated'), user('jane')]),
  binding('robots', [account('robot', 'team'), account('robot'), account('robot', 'other')]),
  binding('odd', [{ kind: 'Robot', name: 'jane' }, user('')]),
  binding('jane', [user('jane')]),
];

const users: UserInfo[] = [
  { username: 'jane', groups: ['ops', 'system:authenticated', 'devs'] },
  { username: 'ada', groups: [] },
  { username: 'devs', groups: ['jane'] },
  { username: 'system:serviceaccount:team:robot', groups: ['system:authenticated'] },
  { username: 'system:serviceaccount:other:robot', groups: [] },
  { username: 'system:serviceaccount::robot', groups: [] },
  { username: '', groups: [''] },
];

/** As `appliesToUser` of upstream's authorizer says of one subject. */
function isNamed({ kind, name, namespace }: Subject, { username, groups }: UserInfo, home: string): boolean {
  if (kind === 'User') return username === name;
  if (kind === 'Group') return groups.includes(name);
  const of = namespace || home;
  return kind === 'ServiceAccount' && of !== '' && username === `system:serviceaccount:${of}:${name}`;
}

describe.each(['', 'team'])('in namespace "%s"', (namespace) => {
  // A list is of one namespace for good.
  const list = [...bindings];
  it.each(users)('$username is bound by what names them, first subject first', (one) => {
    const expected = list.flatMap((each) => {
      const subject = each.subjects?.find((candidate) => isNamed(candidate, one, namespace));
      return subject ? [{ binding: each, subject }] : [];
    });
    expect(bindingsFor(list, one, namespace)).toEqual(expected);
  });
});

it('a list that has changed is another list', () => {
  const jane = users[0]!;
  const before = [binding('a', [user('jane')])];
  expect(bindingsFor(before, jane, '')).toHaveLength(1);
  expect(bindingsFor([...before, binding('b', [group('ops')])], jane, '')).toHaveLength(2);
});

/**
 * Which of a list of bindings name a user: looked up by the user's own names, so that a decision costs in proportion to what binds its user, not to
 * all that is bound. Pure.
 */

import type { Binding, Subject } from './rbac.ts';
import type { UserInfo } from './user.ts';

export interface Bound {
  readonly binding: Binding;
  /** The first of the binding that is the user. */
  readonly subject: Subject;
}

/** Places in the list, in its order. */
type Places = Map<string, number[]>;

interface BindingIndex {
  readonly byUser: Places;
  readonly byGroup: Places;
}

/** A list is kept as long as no binding of it changes, and its index with it. */
const indices = new WeakMap<readonly Binding[], BindingIndex>();

/** Those of `bindings` that name the user, in their order. All are of `namespace`; `''`: of the cluster. */
export function bindingsFor(bindings: readonly Binding[], user: UserInfo, namespace: string): Bound[] {
  let index = indices.get(bindings);
  if (!index) {
    index = indexOf(bindings, namespace);
    indices.set(bindings, index);
  }
  const places = new Set(index.byUser.get(user.username));
  for (const group of user.groups) for (const place of index.byGroup.get(group) ?? []) places.add(place);
  return [...places]
    .sort((a, b) => a - b)
    .map((place) => {
      const binding = bindings[place]!;
      return { binding, subject: binding.subjects!.find((one) => isSubject(one, user, namespace))! };
    });
}

function indexOf(bindings: readonly Binding[], namespace: string): BindingIndex {
  const index: BindingIndex = { byUser: new Map(), byGroup: new Map() };
  for (const [place, { subjects }] of bindings.entries())
    for (const subject of subjects ?? []) {
      const username = usernameOf(subject, namespace);
      if (username !== undefined) add(index.byUser, username, place);
      if (subject.kind === 'Group') add(index.byGroup, subject.name, place);
    }
  return index;
}

function add(places: Places, name: string, place: number): void {
  const known = places.get(name);
  if (known) known.push(place);
  else places.set(name, [place]);
}

function isSubject(subject: Subject, { username, groups }: UserInfo, namespace: string): boolean {
  return subject.kind === 'Group' ? groups.includes(subject.name) : usernameOf(subject, namespace) === username;
}

/** Of a subject that is one user; a ServiceAccount without a namespace is of the binding's own. */
function usernameOf({ kind, name, namespace }: Subject, home: string): string | undefined {
  if (kind === 'User') return name;
  const of = namespace || home;
  return kind === 'ServiceAccount' && of !== '' ? `system:serviceaccount:${of}:${name}` : undefined;
}

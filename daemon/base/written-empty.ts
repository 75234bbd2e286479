/**
 * Members of decoded objects that were written as `{}` or `[]` and are left out, as in Go they would not be written again. Only messages tell them from
 * members that were not written at all: Go prints `map[string]string{}` for one, `map[string]string(nil)` for the other. Kept beside the objects, as
 * long as these live; a copy of an object forgets them.
 */

const LEFT_OUT = new WeakMap<object, Map<string, object>>();

export function noteWrittenEmpty(parent: object, name: string, empty: object): void {
  const members = LEFT_OUT.get(parent) ?? new Map<string, object>();
  LEFT_OUT.set(parent, members.set(name, empty));
}

/** `{}` or `[]` when the member was written so, and left out. */
export const writtenEmpty = (parent: object | undefined, name: string): object | undefined =>
  parent && LEFT_OUT.get(parent)?.get(name);

/** What was left out of `from` is left out of `to`, its copy. */
export function moveWrittenEmpty(from: object, to: object): void {
  const members = LEFT_OUT.get(from);
  if (members) LEFT_OUT.set(to, members);
}

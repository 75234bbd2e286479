/**
 * Members that upstream's types write even when they are not set (no `omitempty`): lists and times are shown as `null` then.
 */

type With<K extends string> = { [key in K]?: unknown };

/** In place, as a default. A list that the writer left empty is theirs: they own the field. */
export function showAsNull<K extends string>(object: With<K>, ...members: readonly K[]): void {
  for (const member of members) if (object[member] === undefined) object[member] = null;
}

/** As `showAsNull`, for each of a list: the times of conditions. */
export function showEachAsNull<K extends string>(
  list: readonly With<K>[] | null | undefined,
  ...members: readonly K[]
): void {
  for (const one of list ?? []) showAsNull(one, ...members);
}

/** In place, before it is kept: an empty list is none. */
export function keepEmptyAsNull<K extends string>(object: With<K>, ...members: readonly K[]): void {
  for (const member of members) {
    const value = object[member];
    if (Array.isArray(value) && value.length === 0) object[member] = null;
  }
}

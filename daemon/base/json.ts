/**
 * Small operations on plain JSON values. Own enumerable string keys only; `__proto__` is a key like any other.
 */

/** Structural equality of JSON values; `undefined` members count as absent. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    for (let index = 0; index < a.length; index++) if (!deepEqual(a[index], b[index])) return false;
    return true;
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  let extra = 0;
  for (const key of Object.keys(left)) {
    const value = left[key];
    if (value === undefined) continue;
    // A member that `right` only inherits (`constructor`) is not its own.
    if (!Object.hasOwn(right, key) || !deepEqual(value, right[key])) return false;
    extra--;
  }
  for (const key of Object.keys(right)) if (right[key] !== undefined) extra++;
  return extra === 0;
}

/** A deep copy of a JSON value, leaving out `undefined` members. */
export function cloneJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => (typeof item === 'object' ? cloneJson(item) : item)) as T;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[key];
    if (member === undefined) continue;
    const copied = typeof member === 'object' ? cloneJson(member) : member;
    if (key === '__proto__') defineMember(copy, key, copied);
    else copy[key] = copied;
  }
  return copy as T;
}

/** A shallow copy, leaving out `undefined` members. */
export function withoutUndefined<T extends object>(object: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  const kept: Record<string, unknown> = {};
  for (const key of Object.keys(object)) {
    const member = (object as Record<string, unknown>)[key];
    if (member !== undefined) defineMember(kept, key, member);
  }
  return kept as { [Key in keyof T]: Exclude<T[Key], undefined> };
}

/** Freezes a JSON value and all within it; returns it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  // Of a JSON value all that is enumerable is own; a list of names would cost more than freezing does.
  for (const key in value) {
    const member: unknown = value[key];
    if (typeof member === 'object') deepFreeze(member);
  }
  return Object.freeze(value);
}

/** True for a JSON object (neither array nor null). */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON text with keys sorted at every level: equal values give equal texts, so that it can be hashed. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
  return `{${members.join(',')}}`;
}

/** Sets a member as own data even when its name is `__proto__`. */
export function defineMember(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') target[name] = value;
  else Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
}

/** What Go's decoder calls the kind of a JSON value: `array`, `bool`, `null`, `number`, `object`, `string`. */
export function goKind(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
}

/** JSON Merge Patch (RFC 7396): null removes a member, objects merge, everything else replaces. */

import { defineMember, isObject } from '../base/json.ts';
import { badRequest } from '../base/status.ts';

function mergeValue(target: unknown, patch: unknown): unknown {
  // Upstream's library leaves nulls within a list alone only where it takes the place of an object.
  if (!isObject(patch)) return isObject(target) ? patch : withoutNullMembers(patch);
  const base = isObject(target) ? target : {};
  const out: Record<string, unknown> = {};
  for (const name of Object.keys(base)) {
    if (!Object.hasOwn(patch, name)) defineMember(out, name, base[name]);
    else if (patch[name] !== null) defineMember(out, name, mergeValue(base[name], patch[name]));
  }
  for (const name of Object.keys(patch)) {
    if (!Object.hasOwn(base, name) && patch[name] !== null) defineMember(out, name, mergeValue(undefined, patch[name]));
  }
  return out;
}

/** Of the objects within a list, at any depth; items that are null stay. */
function withoutNullMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNullMembers);
  return isObject(value) ? mergeValue({}, value) : value;
}

/**
 * Applies a decoded merge patch and returns a new object that shares what it left alone. Throws a StatusError (400) when
 * the patch is no object: an API object cannot become something else.
 */
export function applyMergePatch(object: Readonly<Record<string, unknown>>, patch: unknown): Record<string, unknown> {
  if (!isObject(patch)) throw badRequest('Invalid JSON Patch');
  return mergeValue(object, patch) as Record<string, unknown>;
}

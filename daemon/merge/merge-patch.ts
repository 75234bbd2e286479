/** JSON Merge Patch (RFC 7396): null removes a member, objects merge, everything else replaces. */

import { defineMember, isObject } from '../base/json.ts';
import { badRequest } from '../base/status.ts';

function mergeValue(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
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

/**
 * Applies a decoded merge patch and returns a new object that shares what it left alone. Throws a StatusError (400) when
 * the patch is no object: an API object cannot become something else.
 */
export function applyMergePatch(object: Readonly<Record<string, unknown>>, patch: unknown): Record<string, unknown> {
  if (!isObject(patch)) throw badRequest('Invalid JSON Patch');
  return mergeValue(object, patch) as Record<string, unknown>;
}

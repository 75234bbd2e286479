/** How the API server words what is wrong with a strategic merge patch. Pure. */

import { isObject } from '../base/json.ts';
import { StatusError } from '../base/status.ts';

/** What the API server answers without a reason of its own: 500 and the bare text. */
export function plainError(message: string): StatusError {
  return new StatusError(500, '', message);
}

/** Go's `%v` of decoded JSON. */
export function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (!isObject(value)) return value === null || value === undefined ? '<nil>' : String(value);
  const names = Object.keys(value).sort();
  return `map[${names.map((name) => `${name}:${goText(value[name])}`).join(' ')}]`;
}

/** The type of a decoded value, as Go's reflection names it. */
export function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (isObject(value)) return 'map[string]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  if (typeof value === 'boolean') return 'bool';
  return value === null || value === undefined ? '%!s(<nil>)' : 'string';
}

/** Go's `%s` of a value that should be a text. */
function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null) return '%!s(<nil>)';
  return typeof value === 'object' ? goText(value) : `%!s(${goType(value)}=${String(value)})`;
}

export const noMergeKey = (item: unknown, key: string): StatusError =>
  plainError(`map: ${goText(item)} does not contain declared merge key: ${key}`);

/** `expected`: any value of the type that was. */
export const badType = (expected: unknown, actual: unknown): StatusError =>
  plainError(`expected a ${goType(expected)}, but received a ${goType(actual)}`);

export const badDirective = (directive: unknown, patch: unknown): StatusError =>
  plainError(`unknown patch type: ${asText(directive)} in map: ${goText(patch)}`);

export function listsOfLists(): StatusError {
  const message = 'the server rejected our request due to an error in our request';
  return new StatusError(422, 'Invalid', message, {}, { cause: new Error('lists of lists are not supported') });
}

/**
 * One step of a path in a field set, in the form in which FieldsV1 writes it:
 * `f:<field>`, `k:{"name":"web"}` (keys sorted), `v:<scalar as JSON>`, `i:<index>`.
 * Two steps are the same step exactly when their texts are equal.
 */

import { isObject } from '../base/json.ts';
import type { ListType } from './merge-type.ts';

export const fieldElement = (name: string): string => `f:${name}`;
const valueElement = (value: unknown): string => `v:${goJson(value)}`;

/** JSON as Go writes it: `<`, `>` and `&` are escaped, so that equal keys written by Go clients have equal texts. */
function goJson(value: unknown): string {
  const text = JSON.stringify(value);
  if (!/[<>&\u2028\u2029]/.test(text)) return text;
  return text.replace(/[<>&\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function keyElement(pairs: readonly (readonly [string, unknown])[]): string {
  return `k:{${pairs.map(([name, value]) => `${goJson(name)}:${goJson(value)}`).join(',')}}`;
}

/** Why an item has no place in its list, in the words of structured-merge-diff. */
export class PathElementError extends Error {}

function keyedElement(list: ListType, item: unknown): string {
  if (item === null || item === undefined)
    throw new PathElementError('associative list with keys may not have a null element');
  if (!isObject(item)) throw new PathElementError('associative list with keys may not have non-map elements');
  const pairs = list.keys.map((name): [string, unknown] => {
    if (Object.hasOwn(item, name)) return [name, item[name]];
    const fallback = list.item.map?.field(name)?.default;
    if (fallback !== undefined) return [name, fallback];
    throw new PathElementError(
      `associative list with keys has an element that omits key field ${JSON.stringify(name)} (and doesn't have default value)`,
    );
  });
  return keyElement(pairs);
}

/** The step that names `item` in an associative list. Throws {@link PathElementError}. */
export function itemElement(list: ListType, item: unknown): string {
  if (list.keys.length > 0) return keyedElement(list, item);
  if (item === null || item === undefined)
    throw new PathElementError("associative list without keys has an element that's an explicit null");
  if (Array.isArray(item)) throw new PathElementError('not supported: associative list with lists as elements');
  if (typeof item === 'object')
    throw new PathElementError("associative list without keys has an element that's a map type");
  return valueElement(item);
}

/** Puts a step that a client wrote into the one form it has here. Undefined when it is no step. */
export function canonicalElement(text: string): string | undefined {
  const body = text.slice(2);
  switch (text.slice(0, 2)) {
    case 'f:':
      return text;
    case 'i:':
      return /^-?\d+$/.test(body) ? `i:${Number(body)}` : undefined;
    case 'v:':
    case 'k:':
      break;
    default:
      return undefined;
  }
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (text[0] === 'v') return valueElement(value);
  if (!isObject(value)) return undefined;
  return keyElement(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const ORDER = 'fkvi';

/** The order of steps: fields by name, items by their keys, by value, by index; numbers as numbers. */
export function compareElements(a: string, b: string): number {
  if (a[0] !== b[0]) return ORDER.indexOf(a[0]!) - ORDER.indexOf(b[0]!);
  if (a[0] === 'f') return compareScalars(a, b);
  if (a[0] === 'i') return Number(a.slice(2)) - Number(b.slice(2));
  const [left, right] = [JSON.parse(a.slice(2)), JSON.parse(b.slice(2))] as [unknown, unknown];
  if (a[0] === 'v') return compareScalars(left, right);
  const [mine, others] = [left, right].map((keys) => Object.entries(keys as object).flat()) as [unknown[], unknown[]];
  for (const [index, part] of mine.entries()) {
    if (index >= others.length) return 1;
    const order = compareScalars(part, others[index]);
    if (order !== 0) return order;
  }
  return mine.length - others.length;
}

function compareScalars(a: unknown, b: unknown): number {
  if (a === b) return 0;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  // Of different types numbers come first.
  if (typeof a === 'number' || typeof b === 'number') return typeof a === 'number' ? -1 : 1;
  return String(a) < String(b) ? -1 : 1;
}

function displayValue(value: unknown): string {
  return JSON.stringify(value);
}

/** The step as messages show it: `.spec`, `[name="web"]`, `[="a"]`, `[0]`. */
export function displayElement(text: string): string {
  const body = text.slice(2);
  switch (text[0]) {
    case 'f':
      return `.${body}`;
    case 'k': {
      const pairs = Object.entries(JSON.parse(body) as Record<string, unknown>);
      return `[${pairs.map(([name, value]) => `${name}=${displayValue(value)}`).join(',')}]`;
    }
    case 'v':
      return `[=${displayValue(JSON.parse(body))}]`;
    default:
      return `[${body}]`;
  }
}

/** A whole path: `.spec.containers[name="web"].image`. */
export function displayPath(elements: readonly string[]): string {
  return elements.map(displayElement).join('');
}

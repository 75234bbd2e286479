/**
 * Whether a document that an operator wrote has the fields it may have, each of its type: what is not known is told of, never ignored. Pure.
 */

import type { FieldPath } from '../base/field.ts';
import { isObject } from '../base/json.ts';

/** What each object of a document may have, and what that holds in turn; a list of one shape: a list of such. */
export interface Shape {
  readonly [field: string]: 'string' | 'boolean' | 'strings' | 'object' | Shape | readonly [Shape];
}

/** What is wrong, with its place: `jwt[0].issuer.url: expected a text`. */
export function checkShape(value: unknown, shape: Shape[string], at: FieldPath): string[] {
  const expected = (what: string) => [`${String(at) || 'the document'}: expected ${what}`];
  if (shape === 'strings')
    return Array.isArray(value) && value.every((one) => typeof one === 'string') ? [] : expected('a list of texts');
  if (shape === 'string' || shape === 'boolean')
    return typeof value === shape ? [] : expected(shape === 'string' ? 'a text' : 'true or false');
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return expected('a list');
    return value.flatMap((one, index) => checkShape(one, shape[0] as Shape, at.index(index)));
  }
  if (!isObject(value)) return expected('an object');
  if (shape === 'object') return [];
  const fields = shape as Shape;
  return Object.entries(value).flatMap(([name, member]) => {
    if (!Object.hasOwn(fields, name))
      return [`${at.child(name)}: there is no such field; expected one of ${Object.keys(fields).join(', ')}`];
    return member === null ? [] : checkShape(member, fields[name]!, at.child(name));
  });
}

/**
 * Where in an object a value has the wrong type, with the positions in lists that the API server's own message leaves out, and what would fit.
 * For people who get their mistakes told with file, line and column. Pure.
 */

import { isObject } from '../base/json.ts';
import type { SchemaNode, SchemaSet } from '../schema/node.ts';
import { SCALAR_OF_REF, type ScalarName, scalarError } from '../schema/scalars.ts';

export interface Mismatch {
  /** `spec.containers[1].ports[0].containerPort` */
  readonly fieldPath: string;
  /** `a whole number` */
  readonly expected: string;
}

/** Only one is told; more are looked at to find the one that the message speaks of. */
const FOUND_MAX = 100;

const EXPECTED_TYPE: Readonly<Record<string, string>> = {
  object: 'a mapping',
  array: 'a list',
  string: 'a string',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};
const EXPECTED_SCALAR: Readonly<Record<ScalarName, string>> = {
  quantity: 'a quantity such as 500m, 2 or 1Gi',
  time: 'a time such as 2026-01-31T12:00:00Z',
  microTime: 'a time such as 2026-01-31T12:00:00.000000Z',
  duration: 'a span of time, for example 1h30m',
  intOrString: 'a whole number or a string',
  bytes: 'bytes in base64',
  raw: 'a mapping',
};

/**
 * The mismatch that `named` speaks of: the field's path without positions, as Go's decoder names it (`''` when it names none).
 * Undefined when the walk finds nothing wrong.
 */
export function locateMismatch(
  schemas: SchemaSet,
  root: SchemaNode,
  object: unknown,
  named: string,
): Mismatch | undefined {
  const found: Mismatch[] = [];
  walk({ schemas, found }, root, object, '');
  return found.find(({ fieldPath }) => fieldPath.replace(/\[[^\]]*\]/g, '') === named) ?? found[0];
}

interface Search {
  schemas: SchemaSet;
  found: Mismatch[];
}

function walk(search: Search, unresolved: SchemaNode, value: unknown, at: string): void {
  if (value === null || value === undefined || search.found.length >= FOUND_MAX) return;
  const scalar = unresolved.$ref ? SCALAR_OF_REF[unresolved.$ref] : undefined;
  const node = search.schemas.resolve(unresolved);
  const isBytes = node.format === 'byte';
  if (scalar || isBytes) {
    const name = scalar ?? 'bytes';
    if (scalarError(name, value)) search.found.push({ fieldPath: at, expected: EXPECTED_SCALAR[name] });
    return;
  }
  if (!fits(node, value))
    search.found.push({ fieldPath: at, expected: EXPECTED_TYPE[node.type ?? ''] ?? 'another type' });
  else if (Array.isArray(value)) walkItems(search, node, value, at);
  else if (isObject(value)) walkMembers(search, node, value, at);
}

function walkItems(search: Search, { items }: SchemaNode, value: readonly unknown[], at: string): void {
  if (!items) return;
  for (const [index, item] of value.entries()) walk(search, items, item, `${at}[${index}]`);
}

function walkMembers(search: Search, node: SchemaNode, value: Record<string, unknown>, at: string): void {
  for (const name of Object.keys(value)) {
    const declared = node.properties && Object.hasOwn(node.properties, name) ? node.properties[name] : undefined;
    const element = typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
    const next = declared ?? element;
    if (next) walk(search, next, value[name], declared ? join(at, name) : `${at}[${name}]`);
  }
}

const join = (at: string, name: string): string => (at ? `${at}.${name}` : name);

function fits({ type, format }: SchemaNode, value: unknown): boolean {
  switch (type) {
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value) && (format !== 'int32' || Math.abs(value as number) < 2 ** 31);
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === type;
    default:
      return true;
  }
}

/**
 * Prunes an object of a custom kind by its structural schema (`apiextensions-apiserver/pkg/apiserver/schema/pruning`): in place, fields that the
 * schema does not name go, unless it says to keep them. Types are not looked at: that is validation's.
 */

import { isObject } from '../base/json.ts';
import { memberSchema, type SchemaNode } from './node.ts';

/** As many as upstream's strict decoder lists. */
const UNKNOWN_FIELDS_MAX = 100;

/** What every object has at its root, whatever its schema says. */
const OF_EVERY_OBJECT: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

interface Walk {
  readonly unknownFields: string[];
}

/** Adds the paths of what went: `spec.items[0].foo`. */
export function pruneCustom(schema: SchemaNode, object: Record<string, unknown>, unknownFields: string[]): void {
  pruneObject({ unknownFields }, schema, object, '', true);
}

/** Drops nulls where none may be and no default takes their place (`schema/defaulting/prunenulls.go`): in place; items of lists stay. */
export function pruneNulls(schema: SchemaNode | undefined, value: unknown): void {
  if (!schema) return;
  if (Array.isArray(value)) {
    for (const item of value) pruneNulls(schema.items, item);
  } else if (isObject(value)) {
    for (const name of Object.keys(value)) {
      const inner = memberSchema(schema, name);
      const isRefused = value[name] === null && inner && !inner.nullable && inner.default === undefined;
      if (isRefused) delete value[name];
      else pruneNulls(inner, value[name]);
    }
  }
}

function pruneValue(walk: Walk, schema: SchemaNode | undefined, value: unknown, at: string): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) pruneValue(walk, schema?.items, item, `${at}[${index}]`);
  } else if (isObject(value)) {
    pruneObject(walk, schema, value, at, schema?.['x-kubernetes-embedded-resource'] === true);
  }
}

function pruneObject(
  walk: Walk,
  schema: SchemaNode | undefined,
  object: Record<string, unknown>,
  at: string,
  isRoot: boolean,
): void {
  const keeps = schema?.['x-kubernetes-preserve-unknown-fields'] === true;
  const rest = schema?.additionalProperties;
  const { properties } = schema ?? {};
  for (const name of Object.keys(object)) {
    if (isRoot && OF_EVERY_OBJECT.has(name)) continue;
    const place = at ? `${at}.${name}` : name;
    const own = properties && Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (own) pruneValue(walk, own, object[name], place);
    else if (typeof rest === 'object') pruneValue(walk, rest, object[name], place);
    else if (rest !== true && !keeps) {
      delete object[name];
      if (walk.unknownFields.length < UNKNOWN_FIELDS_MAX) walk.unknownFields.push(place);
    }
  }
}

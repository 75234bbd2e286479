/**
 * Lists that are sets or maps have each item once (`apiextensions-apiserver/pkg/apiserver/schema/listtype`). Pure.
 */

import { duplicate, type FieldError, type FieldPath, invalidValue, path } from '../../base/field.ts';
import { isObject } from '../../base/json.ts';
import type { SchemaNode } from '../../schema/node.ts';
import { goAny } from '../common/go-values.ts';

export function validateListTypes(schema: SchemaNode, value: unknown): FieldError[] {
  const errors: FieldError[] = [];
  walk(errors, schema, value, path());
  return errors;
}

function walk(errors: FieldError[], schema: SchemaNode, value: unknown, at: FieldPath): void {
  if (Array.isArray(value)) {
    checkOnce(errors, schema, value, at);
    if (schema.items) for (const [index, item] of value.entries()) walk(errors, schema.items, item, at.index(index));
  } else if (isObject(value)) {
    const { properties = {}, additionalProperties } = schema;
    for (const [name, member] of Object.entries(value)) {
      if (typeof additionalProperties === 'object') walk(errors, additionalProperties, member, at.key(name));
      else if (Object.hasOwn(properties, name)) walk(errors, properties[name]!, member, at.child(name));
    }
  }
}

function checkOnce(errors: FieldError[], schema: SchemaNode, list: readonly unknown[], at: FieldPath): void {
  const type = schema['x-kubernetes-list-type'];
  if (type === 'set') checkRepeats(errors, list, at);
  if (type !== 'map') return;
  const stray = list.findIndex((item) => item !== null && !isObject(item));
  if (stray >= 0) {
    errors.push(invalidValue(at.index(stray), goAny(list[stray]), 'must be an object for an array of list-type map'));
    return;
  }
  const names = schema['x-kubernetes-list-map-keys'] ?? [];
  const keys = list.map((item) =>
    Object.fromEntries(
      names.flatMap((name) => (isObject(item) && Object.hasOwn(item, name) ? [[name, item[name]]] : [])),
    ),
  );
  checkRepeats(errors, keys, at);
}

/** What stands there more than twice is told of once. */
function checkRepeats(errors: FieldError[], items: readonly unknown[], at: FieldPath): void {
  const times = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    const text = JSON.stringify(item);
    const before = times.get(text) ?? 0;
    times.set(text, before + 1);
    if (before === 1) errors.push(duplicate(at.index(index), goAny(item)));
  }
}

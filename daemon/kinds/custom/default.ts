/**
 * Defaults of a custom kind's schema (`apiextensions-apiserver/pkg/apiserver/schema/defaulting`): in place. A null where none may be gives way to
 * the default.
 */

import { cloneJson, defineMember, isObject } from '../../base/json.ts';
import { memberSchema, type SchemaNode } from '../../schema/node.ts';

export function applyDefaults(schema: SchemaNode | undefined, value: unknown): void {
  if (!schema) return;
  if (Array.isArray(value)) {
    for (const item of value) applyDefaults(schema.items, item);
    return;
  }
  if (!isObject(value)) return;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property.default === undefined) continue;
    const isRefusedNull = Object.hasOwn(value, name) && value[name] === null && !property.nullable;
    if (!Object.hasOwn(value, name) || isRefusedNull) defineMember(value, name, cloneJson(property.default));
  }
  for (const name of Object.keys(value)) applyDefaults(memberSchema(schema, name), value[name]);
}

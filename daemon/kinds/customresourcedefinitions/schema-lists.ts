/**
 * What a schema says of the topology of its lists and maps (`x-kubernetes-list-type`, `-map-keys`, `x-kubernetes-map-type`).
 */

import {
  type FieldError,
  type FieldPath,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../../base/field.ts';
import { goValue } from '../common/go-values.ts';
import type { JSONSchemaProps } from '../types.generated.ts';

const LIST_TYPES = ['atomic', 'set', 'map'];
const MAP_TYPES = ['atomic', 'granular'];

export function checkLists(errors: FieldError[], schema: JSONSchemaProps, at: FieldPath): void {
  const listType = schema['x-kubernetes-list-type'];
  const mapType = schema['x-kubernetes-map-type'];
  const items = single(schema.items);
  if (mapType !== undefined) needsType(errors, schema, 'object', 'x-kubernetes-map-type', at);
  if (mapType !== undefined && !MAP_TYPES.includes(mapType))
    errors.push(notSupported(at.child('x-kubernetes-map-type'), mapType, MAP_TYPES));
  if (listType !== undefined && schema.type !== 'array')
    needsType(errors, schema, 'array', 'x-kubernetes-list-type', at);
  else if (listType === 'set' && items) checkSet(errors, items, at.child('items'));
  if (listType !== undefined && !LIST_TYPES.includes(listType))
    errors.push(notSupported(at.child('x-kubernetes-list-type'), listType, LIST_TYPES));
  checkKeys(errors, schema, at);
  if (listType === 'map') checkListMap(errors, schema, at);
  if (items && (listType === 'set' || listType === 'map')) checkNullable(errors, schema, items, at.child('items'));
}

/** What `items` describes; undefined for a list of schemas. */
const single = (items: unknown): JSONSchemaProps | undefined =>
  typeof items === 'object' && items !== null && !Array.isArray(items) ? (items as JSONSchemaProps) : undefined;

function needsType(
  errors: FieldError[],
  { type }: JSONSchemaProps,
  wanted: string,
  because: string,
  at: FieldPath,
): void {
  if (type === wanted) return;
  const why = `must be ${wanted} if ${because} is specified`;
  errors.push(type ? invalidValue(at.child('type'), type, why) : required(at.child('type'), why));
}

function checkSet(errors: FieldError[], items: JSONSchemaProps, at: FieldPath): void {
  const why = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const listType = items['x-kubernetes-list-type'];
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic')
    errors.push(invalidValue(at.child('x-kubernetes-list-type'), listType, why));
  // Upstream shows the type of the list here, too.
  if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic')
    errors.push(invalidValue(at.child('x-kubernetes-map-type'), listType ?? null, why));
}

function checkKeys(errors: FieldError[], schema: JSONSchemaProps, at: FieldPath): void {
  const listType = schema['x-kubernetes-list-type'];
  if ((schema['x-kubernetes-list-map-keys'] ?? []).length === 0 || listType === 'map') return;
  const why = 'must be map if x-kubernetes-list-map-keys is non-empty';
  const place = at.child('x-kubernetes-list-type');
  errors.push(listType === undefined ? required(place, why) : invalidValue(place, listType, why));
}

function checkListMap(errors: FieldError[], schema: JSONSchemaProps, at: FieldPath): void {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const keysAt = at.child('x-kubernetes-list-map-keys');
  if (keys.length === 0) errors.push(required(keysAt, 'must not be empty if x-kubernetes-list-type is map'));
  const items = single(schema.items);
  const itemsAt = at.child('items');
  if (!schema.items) errors.push(required(itemsAt, 'must have a schema if x-kubernetes-list-type is map'));
  if (!items) return;
  if (items.type !== 'object') {
    const why = "must be object if parent array's x-kubernetes-list-type is map";
    errors.push(invalidValue(itemsAt.child('type'), items.type ?? '', why));
    return;
  }
  const written = goValue('[]string', keys);
  const seen = new Set<string>();
  for (const key of keys) {
    const type = propertyOf(items, key)?.type;
    if (!propertyOf(items, key))
      errors.push(invalidValue(keysAt, written, 'entries must all be names of item properties'));
    else if (type === 'array' || type === 'object') {
      const why = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.push(invalidValue(itemsAt.child('properties').key(key).child('type'), items.type, why));
    }
    if (seen.has(key)) errors.push(invalidValue(keysAt, written, 'must not contain duplicate entries'));
    seen.add(key);
  }
}

function propertyOf({ properties = {} }: JSONSchemaProps, name: string): JSONSchemaProps | undefined {
  return Object.hasOwn(properties, name) ? (properties[name] as JSONSchemaProps) : undefined;
}

/** What tells items apart is always there. */
function checkNullable(errors: FieldError[], schema: JSONSchemaProps, items: JSONSchemaProps, at: FieldPath): void {
  const listType = schema['x-kubernetes-list-type'];
  if (items.nullable)
    errors.push(forbiddenField(at.child('nullable'), `cannot be nullable when x-kubernetes-list-type is ${listType}`));
  if (listType !== 'map') return;
  for (const key of schema['x-kubernetes-list-map-keys'] ?? []) {
    const property = propertyOf(items, key);
    const own = at.child('properties').key(key);
    const isThere = property?.default !== undefined || items.required?.includes(key);
    const so = 'this property is in x-kubernetes-list-map-keys, so it';
    if (property && !isThere)
      errors.push(required(own.child('default'), `${so} must have a default or be a required property`));
    if (property?.nullable) errors.push(forbiddenField(own.child('nullable'), `${so} cannot be nullable`));
  }
}

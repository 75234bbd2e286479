/**
 * What makes a schema structural (`apiextensions-apiserver/pkg/apiserver/schema/validation.go`): every field has its type said outside of value
 * validations, so that objects can be pruned and defaulted.
 */

import {
  type FieldError,
  type FieldPath,
  forbiddenField,
  formatFieldError,
  invalidValue,
  required,
} from '../../base/field.ts';
import { deepEqual } from '../../base/json.ts';
import { patternProblem } from '../../cel/pattern.ts';
import type { SchemaNode } from '../../schema/node.ts';
import type { JSONSchemaProps } from '../types.generated.ts';

type Level = 'root' | 'item' | 'field';

const EMPTY_TYPE: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};
const INT_OR_STRING = [{ type: 'integer' }, { type: 'string' }];

export function checkStructural(errors: FieldError[], schema: JSONSchemaProps, at: FieldPath): void {
  const found: FieldError[] = [];
  checkInvariants(found, schema as SchemaNode, 'root', at);
  checkComplete(found, schema as SchemaNode, schema as SchemaNode, at, at);
  errors.push(...found.sort((a, b) => (formatFieldError(a) < formatFieldError(b) ? -1 : 1)));
}

function checkInvariants(errors: FieldError[], schema: SchemaNode, level: Level, at: FieldPath): void {
  const { type, items, properties = {}, additionalProperties } = schema;
  if (type === 'array' && !items) errors.push(required(at.child('items'), 'must be specified'));
  if (items) checkInvariants(errors, items, 'item', at.child('items'));
  for (const [name, inner] of Object.entries(properties))
    checkInvariants(errors, inner, 'field', at.child('properties').key(name));
  if (additionalProperties !== undefined && level === 'root')
    errors.push(forbiddenField(at.child('additionalProperties'), 'must not be used at the root'));
  if (typeof additionalProperties === 'object')
    checkInvariants(errors, additionalProperties, 'field', at.child('additionalProperties'));
  checkExtensions(errors, schema, at);
  checkValueValidation(errors, schema, level, at);
  checkTypeSaid(errors, schema, level, at);
  checkObjectFields(errors, schema, level, at);
}

function checkExtensions(errors: FieldError[], schema: SchemaNode, at: FieldPath): void {
  if (!schema['x-kubernetes-int-or-string']) return;
  for (const name of ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
    if (schema[name])
      errors.push(invalidValue(at.child(name), true, 'must be false if x-kubernetes-int-or-string is true'));
}

function checkTypeSaid(errors: FieldError[], schema: SchemaNode, level: Level, at: FieldPath): void {
  const { type, additionalProperties } = schema;
  const isEmbedded = schema['x-kubernetes-embedded-resource'];
  const typeAt = at.child('type');
  if (isEmbedded && type !== 'object') {
    const why = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(type ? invalidValue(typeAt, type, why) : required(typeAt, why));
  } else if (!type && !schema['x-kubernetes-int-or-string'] && !schema['x-kubernetes-preserve-unknown-fields']) {
    errors.push(required(typeAt, EMPTY_TYPE[level]));
  }
  if (isEmbedded && additionalProperties !== undefined)
    errors.push(
      forbiddenField(at.child('additionalProperties'), 'must not be used if x-kubernetes-embedded-resource is set'),
    );
  if (level === 'root' && type && type !== 'object')
    errors.push(invalidValue(typeAt, type, 'must be object at the root'));
}

/** apiVersion, kind and metadata are what they are in every object. */
function checkObjectFields(errors: FieldError[], schema: SchemaNode, level: Level, at: FieldPath): void {
  const { properties = {} } = schema;
  const isObjectRoot = level === 'root' || schema['x-kubernetes-embedded-resource'] === true;
  for (const name of ['kind', 'apiVersion'])
    if (isObjectRoot && properties[name] && properties[name].type !== 'string')
      errors.push(
        invalidValue(at.child('properties').key(name).child('type'), properties[name].type ?? '', 'must be string'),
      );
  const { metadata } = properties;
  const metaAt = at.child('properties').key('metadata');
  if (metadata && isObjectRoot && metadata.type !== 'object')
    errors.push(invalidValue(metaAt.child('type'), metadata.type ?? '', 'must be object'));
  if (metadata && level === 'root' && !restrictsNamesOnly(metadata))
    errors.push(
      forbiddenField(
        metaAt,
        'must not specify anything other than name and generateName, but metadata is implicitly specified',
      ),
    );
  const needsProperties = schema['x-kubernetes-embedded-resource'] && !schema['x-kubernetes-preserve-unknown-fields'];
  if (needsProperties && Object.keys(properties).length === 0)
    errors.push(
      required(
        at.child('properties'),
        'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
      ),
    );
}

function restrictsNamesOnly({ type: _type, default: _default, properties = {}, ...rest }: SchemaNode): boolean {
  return (
    Object.keys(properties).every((name) => name === 'name' || name === 'generateName') &&
    Object.keys(rest).length === 0
  );
}

function checkValueValidation(errors: FieldError[], schema: SchemaNode, level: Level, at: FieldPath): void {
  const isIntOrString = schema['x-kubernetes-int-or-string'] === true;
  const { anyOf = [], allOf = [], oneOf = [], not, pattern } = schema;
  if (!(isIntOrString && deepEqual(anyOf, INT_OR_STRING)))
    for (const [index, inner] of anyOf.entries()) checkNested(errors, inner, level, at.child('anyOf').index(index));
  for (const [index, inner] of allOf.entries()) {
    const isPattern = isIntOrString && index === 0 && deepEqual(inner, { anyOf: INT_OR_STRING });
    if (!isPattern) checkNested(errors, inner, level, at.child('allOf').index(index));
  }
  for (const [index, inner] of oneOf.entries()) checkNested(errors, inner, level, at.child('oneOf').index(index));
  if (not) checkNested(errors, not, level, at.child('not'));
  const problem = pattern === undefined ? undefined : patternProblem(pattern);
  if (problem === undefined) return;
  errors.push(invalidValue(at.child('pattern'), pattern, `must be a valid regular expression, but isn't: ${problem}`));
}

const FORBIDDEN_NESTED: readonly (readonly [keyof JSONSchemaProps, string])[] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['externalDocs', 'must be undefined to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
];

/** Inside allOf, anyOf, oneOf and not, values are judged and nothing is described. */
function checkNested(errors: FieldError[], schema: SchemaNode, level: Level, at: FieldPath): void {
  const { items, properties = {} } = schema;
  checkValueValidation(errors, { ...schema, 'x-kubernetes-int-or-string': false } as SchemaNode, level, at);
  if (items) checkNested(errors, items, level, at.child('items'));
  for (const [name, inner] of Object.entries(properties))
    checkNested(errors, inner, 'field', at.child('properties').key(name));
  for (const [name, why] of FORBIDDEN_NESTED)
    if ((schema as JSONSchemaProps)[name]) errors.push(forbiddenField(at.child(name), why));
  if (properties['metadata'])
    errors.push(forbiddenField(at.child('properties').key('metadata'), 'must not be specified in a nested context'));
}

/** What a value validation names is described outside of it, at the same place. Upstream looks at the validations of the root only. */
function checkComplete(
  errors: FieldError[],
  { not, allOf = [], anyOf = [], oneOf = [] }: SchemaNode,
  structure: SchemaNode,
  validationAt: FieldPath,
  at: FieldPath,
): void {
  if (not) requireDescribed(errors, not, structure, validationAt.child('not'), at);
  for (const [word, all] of Object.entries({ allOf, anyOf, oneOf }))
    for (const [index, inner] of all.entries())
      requireDescribed(errors, inner, structure, validationAt.child(word).index(index), at);
}

function requireDescribed(
  errors: FieldError[],
  validation: SchemaNode,
  structure: SchemaNode | undefined,
  validationAt: FieldPath,
  at: FieldPath,
): void {
  if (!structure) {
    errors.push(required(at, `because it is defined in ${validationAt}`));
    return;
  }
  checkComplete(errors, validation, structure, validationAt, at);
  const { items, properties = {} } = validation;
  if (items) requireDescribed(errors, items, structure.items, validationAt.child('items'), at.child('items'));
  for (const [name, inner] of Object.entries(properties)) {
    const own =
      structure.properties && Object.hasOwn(structure.properties, name) ? structure.properties[name] : undefined;
    const [innerAt, place] = [validationAt, at].map((one) => one.child('properties').key(name));
    requireDescribed(errors, inner, own, innerAt!, place!);
  }
}

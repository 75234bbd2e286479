/**
 * The schema of one version of a CustomResourceDefinition, judged in upstream's order: what stands at its root, whether it is structural, its
 * defaults, its keywords, and last its rules in CEL, of which only is spoken where nothing else is wrong.
 */

import { type FieldError, type FieldPath, forbiddenField, invalidValue, notSupported } from '../../base/field.ts';
import type { SchemaNode } from '../../schema/node.ts';
import { goValue } from '../common/go-values.ts';
import { compileRules, type RuleTree } from '../custom/rules.ts';
import type { JSONSchemaProps } from '../types.generated.ts';
import { type Cardinality, cardinalityBelow, RuleCosts } from './rule-costs.ts';
import { checkCompiled, checkRuleTexts } from './rules.ts';
import { checkDefaults } from './schema-defaults.ts';
import { checkLists } from './schema-lists.ts';
import { checkStructural } from './structural.ts';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
/** Deeper than any schema that describes something. */
const DEPTH_MAX = 100;

/** As upstream lists them. */
const AT_ROOT_WITH_STATUS: readonly string[] = [
  ...['Description', 'Type', 'Format', 'Title', 'Maximum', 'ExclusiveMaximum', 'Minimum', 'ExclusiveMinimum'],
  ...['MaxLength', 'MinLength', 'Pattern', 'MaxItems', 'MinItems', 'UniqueItems', 'MultipleOf', 'Required', 'Items'],
  ...['Properties', 'ExternalDocs', 'Example', 'XPreserveUnknownFields', 'XValidations'],
];
const GO_NAMES: Readonly<Record<string, string>> = {
  'x-kubernetes-preserve-unknown-fields': 'XPreserveUnknownFields',
  'x-kubernetes-validations': 'XValidations',
};
const goName = (name: string): string => GO_NAMES[name] ?? name.charAt(0).toUpperCase() + name.slice(1);

export interface SchemaOptions {
  /** The version has the status subresource. */
  readonly hasStatus: boolean;
  /** Stored like this before: what its rules may cost each was accepted then. */
  readonly isUnchanged: boolean;
}

/** `at`: of the schema. */
export function checkSchema(
  errors: FieldError[],
  schema: JSONSchemaProps,
  at: FieldPath,
  { hasStatus, isUnchanged }: SchemaOptions,
): void {
  if (isTooDeep(schema as SchemaNode, 0)) {
    errors.push(forbiddenField(at, `schemas may be nested ${DEPTH_MAX} deep`));
    return;
  }
  const before = errors.length;
  if (hasStatus) checkRoot(errors, schema, at);
  if (schema.nullable) errors.push(forbiddenField(at.child('nullable'), 'nullable cannot be true at the root'));
  const shapeless = withoutShape(schema as SchemaNode);
  const unshaped = errors.length;
  if (shapeless === undefined) checkStructural(errors, schema, at);
  // Defaults of what is not structural would be judged by half a schema.
  if (shapeless === undefined && errors.length === unshaped) checkDefaults(errors, schema, at);
  const isSound = shapeless === undefined && errors.length === unshaped;
  const search: Search = { errors, ruleErrors: [], costs: isSound ? new RuleCosts(isUnchanged) : undefined };
  const tree = isSound ? compileRules(schema as SchemaNode, true) : undefined;
  walk(search, schema, { at, isRoot: true, tree, cardinality: 1 });
  errors.push(...search.ruleErrors);
  if (errors.length === before && shapeless !== undefined) errors.push(invalidValue(at, '', shapeless));
  search.costs?.checkTotal(errors, at);
}

function isTooDeep(schema: SchemaNode, depth: number): boolean {
  if (depth > DEPTH_MAX) return true;
  return schemasIn(schema).some((inner) => isTooDeep(inner, depth + 1));
}

/** All schemas that stand directly in one. */
export function schemasIn(schema: SchemaNode): SchemaNode[] {
  const { items, additionalProperties, not, properties = {}, allOf = [], anyOf = [], oneOf = [] } = schema;
  const all = [items, additionalProperties, not, ...Object.values(properties), ...allOf, ...anyOf, ...oneOf];
  return all.flat().filter((inner): inner is SchemaNode => typeof inner === 'object' && inner !== null);
}

/** Keywords that no structural schema has; upstream names the first that it meets. */
const SHAPELESS = ['id', '$schema', '$ref', 'additionalItems', 'patternProperties', 'definitions', 'dependencies'];

function withoutShape(schema: SchemaNode): string | undefined {
  for (const name of SHAPELESS)
    if ((schema as Record<string, unknown>)[name] !== undefined)
      return `OpenAPIV3Schema '${name === '$schema' ? 'schema' : name}' is not supported`;
  if (Array.isArray(schema.items)) return "OpenAPIV3Schema 'items' must be a schema, but is an array";
  for (const inner of schemasIn(schema)) {
    const found = withoutShape(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

function checkRoot(errors: FieldError[], schema: JSONSchemaProps, at: FieldPath): void {
  const { type } = schema;
  if (type !== undefined && type !== 'object') {
    const objects =
      'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    errors.push(invalidValue(at.child('type'), type, objects));
    return;
  }
  const known = Object.keys(schema).map(goName);
  if (known.every((name) => AT_ROOT_WITH_STATUS.includes(name))) return;
  const why = `only [${AT_ROOT_WITH_STATUS.join(' ')}] fields are allowed at the root of the schema if the status subresource is enabled`;
  errors.push(invalidValue(at, goValue('apiextensions.JSONSchemaProps', schema), why));
}

interface Search {
  readonly errors: FieldError[];
  /** Told after all others. */
  readonly ruleErrors: FieldError[];
  /** Undefined: rules are not judged. */
  readonly costs: RuleCosts | undefined;
}

interface Place {
  readonly at: FieldPath;
  readonly isRoot?: boolean;
  /** Of the rules here and below. */
  readonly tree?: RuleTree | undefined;
  readonly cardinality: Cardinality;
  readonly uncorrelated?: FieldPath | undefined;
  /** Within apiVersion, kind or metadata. */
  readonly isMeta?: boolean;
  /** Why no default may stand here. */
  readonly noDefaults?: string | undefined;
}

const META_FIELDS = ['metadata', 'kind', 'apiVersion'];

function walk(search: Search, schema: JSONSchemaProps, place: Place): void {
  const { errors } = search;
  const before = errors.length;
  checkKeywords(errors, schema, place);
  walkBelow(search, schema as SchemaNode, place);
  const { at, tree, cardinality, uncorrelated } = place;
  if (schema['x-kubernetes-preserve-unknown-fields'] === false)
    errors.push(invalidValue(at.child('x-kubernetes-preserve-unknown-fields'), false, 'must be true or undefined'));
  checkLists(errors, schema, at);
  checkRuleTexts(errors, schema, at);
  // Rules on what is wrong itself would be told of in ways that help nobody.
  if (search.costs && tree && errors.length === before)
    checkCompiled(search.ruleErrors, tree, search.costs, { cardinality, uncorrelated, at });
}

function walkBelow(search: Search, schema: SchemaNode, place: Place): void {
  const { at, tree, isMeta, noDefaults } = place;
  const { items, additionalProperties, properties = {}, not, allOf = [], anyOf = [], oneOf = [] } = schema;
  const cardinality = cardinalityBelow(schema, place.cardinality);
  const go = (inner: SchemaNode | boolean | undefined, change: Partial<Place> & { at: FieldPath }): void => {
    if (typeof inner !== 'object') return;
    walk(search, inner as JSONSchemaProps, { ...place, isRoot: false, tree: undefined, cardinality, ...change });
  };
  go(additionalProperties, {
    at: at.child('additionalProperties'),
    tree: tree?.rest,
    noDefaults: isMeta ? 'inside additionalProperties applying to object metadata' : noDefaults,
  });
  for (const [name, inner] of Object.entries(properties))
    go(inner, {
      at: at.child('properties').key(name),
      tree: tree?.properties.get(name),
      ...metaOf(schema, name, place),
    });
  go(not, { at: at.child('not') });
  for (const [word, all] of Object.entries({ allOf, oneOf, anyOf }))
    for (const [index, inner] of all.entries()) go(inner, { at: at.child(word).index(index) });
  const isMapList = schema['x-kubernetes-list-type'] === 'map';
  const uncorrelated = place.uncorrelated ?? (isMapList ? undefined : at);
  if (Array.isArray(items))
    for (const [index, inner] of items.entries()) go(inner, { at: at.child('items').index(index), uncorrelated });
  else go(items, { at: at.child('items'), tree: tree?.items, uncorrelated });
}

/** What every object has is described once and for all. */
function metaOf(schema: SchemaNode, name: string, { isRoot, isMeta, noDefaults }: Place): Partial<Place> {
  const isOwner = isRoot || schema['x-kubernetes-embedded-resource'] === true;
  if (!isOwner || !META_FIELDS.includes(name)) return { isMeta: isMeta ?? false, noDefaults };
  return { isMeta: true, noDefaults: isRoot ? `in top-level ${name}` : noDefaults };
}

function checkKeywords(errors: FieldError[], schema: JSONSchemaProps, { at, isMeta, noDefaults }: Place): void {
  const { type, items, properties = {}, additionalProperties } = schema as SchemaNode;
  if (type && !TYPES.includes(type)) errors.push(notSupported(at.child('type'), type, TYPES));
  if (schema.default !== undefined && noDefaults !== undefined)
    errors.push(forbiddenField(at.child('default'), `must not be set ${noDefaults}`));
  for (const name of ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'] as const)
    if (schema[name] !== undefined) errors.push(forbiddenField(at.child(name), `${name} is not supported`));
  if ((type as string) === 'null')
    errors.push(forbiddenField(at.child('type'), 'type cannot be set to null, use nullable as an alternative'));
  if (Array.isArray(items))
    errors.push(forbiddenField(at.child('items'), 'items must be a schema object and not an array'));
  if (isMeta && schema['x-kubernetes-embedded-resource'])
    errors.push(forbiddenField(at.child('x-kubernetes-embedded-resource'), 'must not be used inside of resource meta'));
  if (schema.uniqueItems) {
    const why = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    errors.push(forbiddenField(at.child('uniqueItems'), why));
  }
  if (additionalProperties === undefined || additionalProperties === true || Object.keys(properties).length === 0)
    return;
  const why = 'additionalProperties and properties are mutual exclusive';
  errors.push(forbiddenField(at.child('additionalProperties'), why));
}

/**
 * Publishes schemas as OpenAPI components: Kubernetes' component names, its way of writing references and special types.
 * Extensions that only the daemon reads (`x-protobuf…`, `x-reflet-…`) are left out. Pure.
 */

import { isObject } from '../base/json.ts';
import type { SchemaNode, SchemaSet } from './node.ts';
import { customInV2, customInV3 } from './openapi-custom.ts';

/** `v2` is Swagger 2.0, which knows no `oneOf` and puts `$ref` bare. */
export type OpenApiVersion = 'v2' | 'v3';

type Json = Record<string, unknown>;

/** What upstream keeps elsewhere than among a group's types. */
const KNOWN_COMPONENTS: Readonly<Record<string, string>> = {
  'meta/v1/Quantity': 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  'meta/v1/IntOrString': 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  'meta/v1/RawExtension': 'io.k8s.apimachinery.pkg.runtime.RawExtension',
  'meta/v1/VersionInfo': 'io.k8s.apimachinery.pkg.version.Info',
};

const REFERENCE_PREFIX: Readonly<Record<OpenApiVersion, string>> = {
  v2: '#/definitions/',
  v3: '#/components/schemas/',
};

/** What is published as it stands, beside type, items and the like. */
const PUBLISHED: readonly (keyof SchemaNode)[] = [
  'description',
  'enum',
  'format',
  'required',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-patch-strategy',
  'x-kubernetes-patch-merge-key',
];

/** What custom kinds say of values, and how they are kept. */
const PUBLISHED_OF_CUSTOM: readonly (keyof SchemaNode)[] = [
  ...(['title', 'nullable', 'maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum', 'maxLength'] as const),
  ...(['minLength', 'pattern', 'maxItems', 'minItems', 'multipleOf', 'maxProperties', 'minProperties'] as const),
  ...(['allOf', 'oneOf', 'anyOf', 'not'] as const),
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-validations',
];

/** Groups whose types upstream does not keep with the others. */
const PACKAGES: Readonly<Record<string, string>> = { 'metrics.k8s.io': 'io.k8s.metrics.pkg.apis.metrics' };

/** `core/v1/Pod` → `io.k8s.api.core.v1.Pod`; clients find types by these names. */
function componentName(schemaName: string): string {
  const known = KNOWN_COMPONENTS[schemaName];
  if (known) return known;
  const [group = '', version = '', type = ''] = schemaName.split('/');
  if (group === 'meta') return `io.k8s.apimachinery.pkg.apis.meta.${version}.${type}`;
  if (PACKAGES[group]) return `${PACKAGES[group]}.${version}.${type}`;
  if (isOwnGroup(group)) return `io.k8s.api.${group.split('.')[0]}.${version}.${type}`;
  return `${group.split('.').reverse().join('.')}.${version}.${type}`;
}

/** Custom kinds are in groups of their makers' domains. */
const isOwnGroup = (group: string): boolean => !group.includes('.') || /\.k8s\.io$|^reflet\.dev$/.test(group);

/** A reference to a named schema, as it stands in a request or an answer. */
export function referenceTo(schemaName: string, version: OpenApiVersion): Json {
  return { $ref: REFERENCE_PREFIX[version] + componentName(schemaName) };
}

function published(node: SchemaNode): Json {
  const result: Json = {};
  for (const keys of [PUBLISHED, PUBLISHED_OF_CUSTOM])
    for (const key of keys) if (node[key] !== undefined) result[key] = node[key];
  if (isCustomIntOrString(node)) result['x-kubernetes-int-or-string'] = true;
  return result;
}

/** The built-in type has a format besides. */
const isCustomIntOrString = (node: SchemaNode): boolean =>
  node['x-kubernetes-int-or-string'] === true && node.format !== 'int-or-string';

/** Int-or-string and quantity: two JSON types in one. */
function twoTypes(node: SchemaNode, version: OpenApiVersion): Json | undefined {
  if (isCustomIntOrString(node)) return undefined;
  const other = node['x-kubernetes-int-or-string'] ? 'integer' : node.format === 'quantity' ? 'number' : undefined;
  if (!other) return undefined;
  const { format, ...rest } = published(node);
  const kept = format === 'int-or-string' ? { ...rest, format } : rest;
  if (version === 'v2') return { ...kept, type: 'string' };
  return {
    ...kept,
    oneOf: other === 'integer' ? [{ type: other }, { type: 'string' }] : [{ type: 'string' }, { type: other }],
  };
}

/** The published form of a node. A reference in v3 stands in `allOf`, so that a description and a default may stand beside it. */
function publishSchema(node: SchemaNode, version: OpenApiVersion): Json {
  const shared = published(node);
  const withDefault = version === 'v3' && node.default !== undefined ? { ...shared, default: node.default } : shared;
  if (node.$ref) {
    const reference = referenceTo(node.$ref, version);
    return version === 'v2' ? { ...shared, ...reference } : { ...withDefault, allOf: [reference] };
  }
  const two = twoTypes(node, version);
  if (two) return two;
  const result: Json = { ...withDefault, ...(node.type ? { type: node.type } : {}) };
  if (node.items) result['items'] = publishSchema(node.items, version);
  if (isObject(node.additionalProperties))
    result['additionalProperties'] = publishSchema(node.additionalProperties as SchemaNode, version);
  if (node.properties) {
    const properties: Json = {};
    for (const [name, member] of Object.entries(node.properties)) properties[name] = publishSchema(member, version);
    result['properties'] = properties;
  }
  const kinds = node['x-kubernetes-group-version-kind'];
  return kinds ? { ...result, 'x-kubernetes-group-version-kind': kinds } : result;
}

function collectReferences(node: SchemaNode, found: Set<string>): void {
  if (node.$ref) found.add(node.$ref);
  if (node.items) collectReferences(node.items, found);
  if (isObject(node.additionalProperties)) collectReferences(node.additionalProperties as SchemaNode, found);
  for (const member of Object.values(node.properties ?? {})) collectReferences(member, found);
}

/** The components that the named schemas need, themselves included, by component name in order. */
export function publishComponents(schemas: SchemaSet, roots: Iterable<string>, version: OpenApiVersion): Json {
  const names = new Set(roots);
  // A Set hands out what is added while it is walked.
  for (const name of names) collectReferences(schemas.named(name), names);
  const builtIn = new Set(schemas.names);
  const custom = version === 'v2' ? customInV2 : customInV3;
  const components: Json = {};
  for (const name of [...names].sort()) {
    const node = schemas.named(name);
    components[componentName(name)] = publishSchema(builtIn.has(name) ? node : custom(node), version);
  }
  return components;
}

/**
 * The type in CEL of what a schema describes (OpenAPI v3 as Kubernetes has it, structural schemas of CustomResourceDefinitions): what an
 * expression may select, and how large it may become. The rules are those of `apiserver/pkg/cel/common/schemas.go`. Pure.
 */

import { escapeName } from './json.ts';
import type { ObjectField, ObjectType, Type } from './types.ts';
import * as types from './types.ts';

/** What of a schema counts. `resolve` follows references. */
export interface TypedSchema {
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, TypedSchema>>;
  readonly additionalProperties?: TypedSchema | boolean;
  readonly items?: TypedSchema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

export interface SchemaTypeOptions {
  /** Adds apiVersion, kind and metadata with name and generateName: the root of a resource. */
  readonly isResourceRoot?: boolean;
  /** Follows a reference; the schema itself when it is none. */
  readonly resolve?: (schema: TypedSchema) => TypedSchema;
  /** Schemas that refer to themselves are dynamic from the second time on. */
  readonly depthMax?: number;
}

/** Upstream's bound on a request, from which unbounded sizes are estimated. */
export const REQUEST_BYTES_MAX = 3 * 1024 * 1024;
const DEPTH_MAX = 64;
const TEXT_MIN = 2;
const NUMBER_MIN = 1;
const BOOL_MIN = 4;
/** Upstream's figures: of `0s`, and of the longest that Go writes. */
const DURATION_MIN = 3;
const DURATION_MAX = 32;
/** Upstream's figures: of `2006-01-02` and `2006-01-02T15:04:05Z`, with quotes or not. */
const DATE_SIZE = 12;
const TIME_MIN = 21;
const TIME_MAX = 37;

/** Undefined for a schema that says no type: its values cannot be selected. */
export function typeOfSchema(schema: TypedSchema, options: SchemaTypeOptions = {}): Type | undefined {
  return declare(schema, options, options.isResourceRoot ?? false, options.depthMax ?? DEPTH_MAX);
}

type Options = Pick<SchemaTypeOptions, 'resolve'>;

function declare(reference: TypedSchema, options: Options, isRoot: boolean, depth: number): Type | undefined {
  const schema = options.resolve ? options.resolve(reference) : reference;
  if (schema['x-kubernetes-int-or-string']) return { kind: 'dyn', minBytes: 1, maxElements: REQUEST_BYTES_MAX - 2 };
  if (depth <= 0) return types.DYN;
  if (isRoot) return declareObject(withObjectMeta(schema, options), options, depth);
  switch (schema.type) {
    case 'array':
      return declareList(schema, options, depth);
    case 'object':
      return declareObject(schema, options, depth);
    case 'string':
      return declareText(schema);
    case 'boolean':
      return { kind: 'bool', minBytes: BOOL_MIN };
    case 'number':
      return { kind: 'double', minBytes: NUMBER_MIN };
    case 'integer':
      return { kind: 'int', minBytes: NUMBER_MIN };
    default:
      return undefined;
  }
}

const isEmbedded = (schema: TypedSchema): boolean => schema['x-kubernetes-embedded-resource'] === true;

function declareList(schema: TypedSchema, options: Options, depth: number): Type | undefined {
  const { items } = schema;
  const element = items ? declare(items, options, isEmbedded(items), depth - 1) : undefined;
  if (!element) return undefined;
  const listType = schema['x-kubernetes-list-type'];
  const mapKeys = schema['x-kubernetes-list-map-keys'];
  return {
    kind: 'list',
    element,
    minBytes: 2,
    maxElements: schema.maxItems ?? Math.floor((REQUEST_BYTES_MAX - 2) / ((element.minBytes ?? 0) + 1)),
    ...(listType === 'set' || listType === 'map' ? { listType } : {}),
    ...(mapKeys ? { mapKeys } : {}),
  };
}

function declareObject(schema: TypedSchema, options: Options, depth: number): Type | undefined {
  const { additionalProperties: rest } = schema;
  if (typeof rest === 'object') {
    const value = declare(rest, options, isEmbedded(rest), depth - 1);
    if (!value) return undefined;
    const most = schema.maxProperties ?? Math.floor((REQUEST_BYTES_MAX - 2) / ((value.minBytes ?? 0) + 6));
    return { kind: 'map', key: types.STRING, value, minBytes: 2, maxElements: most };
  }
  const fields = new Map<string, ObjectField>();
  const required = new Set(schema.required);
  let minBytes = 2;
  for (const [property, inner] of Object.entries(schema.properties ?? {})) {
    const type = declare(inner, options, isEmbedded(inner), depth - 1);
    if (!type) continue;
    const name = escapeName(property);
    if (name !== undefined) fields.set(name, { type, property });
    if (required.has(property) && inner.default === undefined) minBytes += property.length + (type.minBytes ?? 0) + 4;
  }
  const object: ObjectType = { kind: 'object', name: 'object', fields, minBytes };
  return object;
}

function declareText(schema: TypedSchema): Type {
  switch (schema.format) {
    case 'byte':
      return { kind: 'bytes', minBytes: TEXT_MIN, maxElements: schema.maxLength ?? REQUEST_BYTES_MAX - 2 };
    case 'duration':
      return { kind: 'duration', minBytes: DURATION_MIN, maxElements: DURATION_MAX };
    case 'date':
      return { kind: 'timestamp', minBytes: DATE_SIZE, maxElements: DATE_SIZE };
    case 'date-time':
      return { kind: 'timestamp', minBytes: TIME_MIN, maxElements: TIME_MAX };
    default:
      return { kind: 'string', minBytes: TEXT_MIN, maxElements: textLengthMax(schema) };
  }
}

/** In bytes: a character of JSON may take four. */
function textLengthMax(schema: TypedSchema): number {
  if (schema.maxLength !== undefined) return Math.max(0, schema.maxLength) * 4;
  if (!schema.enum?.length) return REQUEST_BYTES_MAX - 2;
  let longest = 0;
  for (const value of schema.enum) if (typeof value === 'string') longest = Math.max(longest, Buffer.byteLength(value));
  return longest;
}

/** What every resource has at its root, said by its schema or not. */
function withObjectMeta(schema: TypedSchema, { resolve }: Options): TypedSchema {
  const text: TypedSchema = { type: 'string' };
  const reference = schema.properties?.metadata;
  const known = reference && resolve ? resolve(reference) : reference;
  const metadata: TypedSchema = {
    type: 'object',
    properties: { ...known?.properties, name: text, generateName: text },
  };
  return { ...schema, type: 'object', properties: { ...schema.properties, kind: text, apiVersion: text, metadata } };
}

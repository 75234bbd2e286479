/**
 * The shape of a schema as the rest of the daemon sees it: JSON Schema with Kubernetes' extensions.
 * A node may be a `$ref`; `SchemaSet.resolve` follows it. Nodes are read-only and shared.
 */

type JsonType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';

/** What only custom kinds' schemas say: values, and how objects in objects are kept. */
interface CustomKeywords {
  readonly title?: string;
  readonly nullable?: boolean;
  readonly maximum?: number;
  readonly exclusiveMaximum?: boolean;
  readonly minimum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly maxItems?: number;
  readonly minItems?: number;
  readonly multipleOf?: number;
  readonly maxProperties?: number;
  readonly minProperties?: number;
  readonly allOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly not?: SchemaNode;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-validations'?: readonly object[];
}

export interface SchemaNode extends CustomKeywords {
  readonly $ref?: string;
  readonly type?: JsonType;
  readonly format?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  /** Strategic merge: comma-separated of `merge`, `replace`, `retainKeys`. */
  readonly 'x-kubernetes-patch-strategy'?: string;
  readonly 'x-kubernetes-patch-merge-key'?: string;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[];
  /** Field number in Kubernetes' protobuf message of the same name. On `items` of a named array: the array is a message that wraps them. */
  readonly 'x-protobuf'?: number;
  /** The field stands in an embedded message with this number, and `x-protobuf` is its number in there; of embedded ones in such, the numbers inwards. */
  readonly 'x-protobuf-inline'?: number | readonly number[];
  /** The array or object stands in a message of its own, with this number; a boolean in that one's field 1. */
  readonly 'x-protobuf-choice'?: number;
  /** `omit`: a zero value (`""`, `0`, `false`, `[]`, `{}`) is the same as absence and is not kept. A member without it keeps its zero. */
  readonly 'x-reflet-zero'?: 'omit';
  /** Beside a `$ref`: a boolean will do too (`additionalProperties` of a schema). */
  readonly 'x-reflet-or-boolean'?: boolean;
  /** Beside a `$ref`: a list of such will do too (`items` of a schema). */
  readonly 'x-reflet-or-list'?: boolean;
  /** Of a custom kind: its objects hold what they say and nothing else, as no Go type carries them. */
  readonly 'x-reflet-unstructured'?: true;
  /** The named type by which the API server calls the value in decoding errors, for example `v1.Protocol`. */
  readonly 'x-reflet-go-type'?: string;
}

/** The schema of a member: its own, or that of all others; undefined where nothing is said of it. */
export function memberSchema(
  { properties, additionalProperties: rest }: SchemaNode,
  name: string,
): SchemaNode | undefined {
  if (properties && Object.hasOwn(properties, name)) return properties[name];
  return typeof rest === 'object' ? rest : undefined;
}

/** The schemas that are known, by name (`core/v1/Pod`) and by group, version and kind. */
export interface SchemaSet {
  /**
   * Follows `$ref`s until the node is none. Throws on an unknown name: a programmer's error.
   * What stands beside a `$ref` (patch strategy, default, number) belongs to the property: read it from the unresolved node.
   */
  resolve(node: SchemaNode): SchemaNode;
  /** The schema of a kind, or undefined when it is not known. `group` is `''` for core. */
  ofKind(group: string, version: string, kind: string): SchemaNode | undefined;
  /** A named type, for example `core/v1/Container`. */
  named(name: string): SchemaNode;
  /** All names, sorted. */
  readonly names: readonly string[];
}

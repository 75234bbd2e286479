/**
 * The shape of a schema as the rest of the daemon sees it: JSON Schema with Kubernetes' extensions.
 * A node may be a `$ref`; `SchemaSet.resolve` follows it. Nodes are read-only and shared.
 */

type JsonType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';

export interface SchemaNode {
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
  /** The field stands in an embedded message with this number, and `x-protobuf` is its number in there. */
  readonly 'x-protobuf-inline'?: number;
  /** `omit`: a zero value (`""`, `0`, `false`, `[]`, `{}`) is the same as absence and is not kept. A member without it keeps its zero. */
  readonly 'x-reflet-zero'?: 'omit';
  /** The named type by which the API server calls the value in decoding errors, for example `v1.Protocol`. */
  readonly 'x-reflet-go-type'?: string;
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

/**
 * The schema of a version of a custom kind as the rest of the daemon sees it: what its definition says, with what every object has.
 */

import type { SchemaNode } from '../../schema/node.ts';
import type { JSONSchemaProps } from '../types.generated.ts';

const META: SchemaNode = {
  description: 'Name, labels and whatever else every object has.',
  $ref: 'meta/v1/ObjectMeta',
};
const KIND: SchemaNode = { description: 'The kind of this object.', type: 'string' };
const API_VERSION: SchemaNode = { description: "The group and version of this object's schema.", type: 'string' };

/** Whether a definition says it: what every object has beside is described here. */
export const isOwnSchema = (node: SchemaNode): boolean => node !== META && node !== KIND && node !== API_VERSION;

export interface SchemaNames {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export function schemaOf(said: JSONSchemaProps | undefined, { group, version, kind }: SchemaNames): SchemaNode {
  const root = asNode(said ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true });
  return {
    ...root,
    type: 'object',
    properties: { ...root.properties, apiVersion: API_VERSION, kind: KIND, metadata: META },
    'x-kubernetes-group-version-kind': [{ group, version, kind }],
  };
}

/** Objects within objects have what every object has. Shares what does not change. */
function asNode(said: JSONSchemaProps): SchemaNode {
  const { items, additionalProperties, properties } = said as SchemaNode;
  const node: Record<string, unknown> = { ...said, 'x-reflet-unstructured': true };
  if (items) node['items'] = asNode(items as JSONSchemaProps);
  if (typeof additionalProperties === 'object')
    node['additionalProperties'] = asNode(additionalProperties as JSONSchemaProps);
  if (properties)
    node['properties'] = Object.fromEntries(
      Object.entries(properties).map(([name, inner]) => [name, asNode(inner as JSONSchemaProps)]),
    );
  if (said['x-kubernetes-embedded-resource'])
    node['properties'] = {
      ...(node['properties'] as object | undefined),
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: META,
    };
  return node as SchemaNode;
}

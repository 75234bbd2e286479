/**
 * The schema of a custom kind as `apiextensions-apiserver` publishes it: version 3 says what its definition says, version 2 what old clients can bear.
 * Pure; the schema itself is shared and stays as it is.
 */

import { isObject, withoutUndefined } from '../base/json.ts';
import type { SchemaNode } from './node.ts';

type OpenNode = { -readonly [Key in keyof SchemaNode]?: SchemaNode[Key] | undefined };

/** Two types in one node: written so, and not again where the definition does so itself. */
const INT_OR_STRING: readonly SchemaNode[] = [{ type: 'integer' }, { type: 'string' }];

/** The root of a custom kind, or a node below it. */
export function customInV3(node: SchemaNode): SchemaNode {
  const said = withMembers(node, customInV3);
  return unfoldIntOrString(withRequiredOfEmbedded(said));
}

/** A root that takes anything says nothing of what it knows: who checks by this version takes no other field then. */
export function customInV2(root: SchemaNode): SchemaNode {
  if (!root['x-kubernetes-preserve-unknown-fields']) return nodeInV2(root);
  return { type: 'object', 'x-kubernetes-group-version-kind': root['x-kubernetes-group-version-kind'] ?? [] };
}

function nodeInV2(node: SchemaNode): SchemaNode {
  const said: OpenNode = { ...withRequiredOfEmbedded(node), allOf: undefined, oneOf: undefined, anyOf: undefined };
  said.not = undefined;
  said.nullable = undefined;
  const isOpen = node['x-kubernetes-preserve-unknown-fields'] === true;
  // Its readers cannot say null, check what is in a list or an object of no type, and take no field that is not named.
  if (node.nullable || isOpen) said.items = said.properties = undefined;
  if (node.nullable || (isOpen && node.type === 'object') || (node.type === 'array' && !said.items))
    said.type = undefined;
  said.required = requiredInV2(said as SchemaNode);
  return withMembers(withoutUndefined(said), nodeInV2);
}

/** What may be null cannot be asked for where null cannot be said. */
function requiredInV2({ required, properties, additionalProperties }: SchemaNode): readonly string[] | undefined {
  if (isObject(additionalProperties) && (additionalProperties as SchemaNode).nullable) return undefined;
  const kept = required?.filter((name) => !properties?.[name]?.nullable);
  return kept && kept.length > 0 ? kept : undefined;
}

/** Objects within objects say what they are. */
function withRequiredOfEmbedded(node: SchemaNode): SchemaNode {
  if (!node['x-kubernetes-embedded-resource']) return node;
  const required = node.required ?? [];
  return { ...node, required: [...required, ...['kind', 'apiVersion'].filter((name) => !required.includes(name))] };
}

function unfoldIntOrString(node: SchemaNode): SchemaNode {
  if (!node['x-kubernetes-int-or-string']) return node;
  if (isIntOrString(node.anyOf) || isIntOrString(node.allOf?.[0]?.anyOf)) return node;
  if (!node.anyOf) return { ...node, anyOf: INT_OR_STRING };
  return { ...node, allOf: [{ anyOf: INT_OR_STRING }, ...(node.allOf ?? [])] };
}

const isIntOrString = (choices: readonly SchemaNode[] | undefined): boolean =>
  choices?.length === 2 && choices[0]?.type === 'integer' && choices[1]?.type === 'string';

function withMembers(node: SchemaNode, publish: (member: SchemaNode) => SchemaNode): SchemaNode {
  const { items, additionalProperties, properties } = node;
  return {
    ...node,
    ...(items ? { items: publish(items) } : {}),
    ...(isObject(additionalProperties) ? { additionalProperties: publish(additionalProperties as SchemaNode) } : {}),
    ...(properties
      ? { properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, publish(one)])) }
      : {}),
  };
}

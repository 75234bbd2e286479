/**
 * Objects within objects of a custom kind are read as objects are: their metadata loses what no metadata has, and what is not of its type is refused
 * (`apiextensions-apiserver/pkg/apiserver/schema/objectmeta/algorithm.go`). In place.
 */

import { firstFound } from '../base/first-found.ts';
import { isObject } from '../base/json.ts';
import { memberSchema, type SchemaNode } from './node.ts';

/** Reads a value as metadata: the value to go on with, what it lost, and why it is none. */
export type MetadataChecker = (value: unknown) => {
  readonly value: unknown;
  readonly unknownFields: readonly string[];
  readonly error?: string | undefined;
};

/** Adds the paths of what went; returns what is wrong, worded as the API server's decoder words it. The root is not looked at: it is read before. */
export function coerceEmbedded(
  checkMetadata: MetadataChecker,
  schema: SchemaNode,
  root: Record<string, unknown>,
  unknownFields: string[],
): string | undefined {
  const walk = (node: SchemaNode | undefined, value: unknown, at: string): string | undefined => {
    if (!node) return undefined;
    if (Array.isArray(value))
      return firstFound(value.entries(), ([index, item]) => walk(node.items, item, `${at}[${index}]`));
    if (!isObject(value)) return undefined;
    const isEmbedded = at !== '' && node['x-kubernetes-embedded-resource'] === true;
    const error = isEmbedded ? readObject(checkMetadata, value, at, unknownFields) : undefined;
    if (error !== undefined) return error;
    return firstFound(Object.entries(value), ([name, member]) => {
      return walk(memberSchema(node, name), member, at ? `${at}.${name}` : name);
    });
  };
  return walk(schema, root, '');
}

function readObject(
  checkMetadata: MetadataChecker,
  object: Record<string, unknown>,
  at: string,
  unknownFields: string[],
): string | undefined {
  for (const name of ['apiVersion', 'kind'])
    if (Object.hasOwn(object, name) && typeof object[name] !== 'string')
      return `${at}.${name}: Invalid value: ${JSON.stringify(object[name])}: must be a string`;
  if (!Object.hasOwn(object, 'metadata')) return undefined;
  const given = JSON.stringify(object['metadata']);
  const { value, unknownFields: unknown, error } = checkMetadata(object['metadata']);
  if (error !== undefined) return `${at}.metadata: Invalid value: ${given}: ${error}`;
  object['metadata'] = value;
  unknownFields.push(...unknown.map((field) => `${at}.metadata.${field}`));
  return undefined;
}

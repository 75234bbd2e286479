/**
 * The built-in schemas together with those that custom kinds bring: `ofKind` and `named` find both; `names` are the built-in ones.
 */

import type { SchemaNode, SchemaSet } from '../schema/node.ts';
import type { KindRegistry } from './kind.ts';

/** Follows the registry. */
export function withCustomSchemas(base: SchemaSet, registry: KindRegistry): SchemaSet {
  const builtIn = new Set(base.names);
  const lists = new WeakMap<SchemaNode, SchemaNode>();
  const custom = (group: string, version: string, kind: string): SchemaNode | undefined => {
    const found = registry.byKind(group, version, kind)?.schema;
    if (found || !kind.endsWith('List')) return found;
    const item = registry.byKind(group, version, kind.slice(0, -'List'.length))?.schema;
    if (!item) return undefined;
    const list = lists.get(item) ?? listOf(group, version, kind);
    lists.set(item, list);
    return list;
  };
  const named = (name: string): SchemaNode => {
    if (builtIn.has(name)) return base.named(name);
    const [group = '', version = '', kind = ''] = name.split('/');
    return custom(group, version, kind) ?? base.named(name);
  };
  return {
    names: base.names,
    named,
    ofKind: (group, version, kind) => custom(group, version, kind) ?? base.ofKind(group, version, kind),
    resolve: (node) => (node.$ref !== undefined && !builtIn.has(node.$ref) ? named(node.$ref) : base.resolve(node)),
  };
}

function listOf(group: string, version: string, kind: string): SchemaNode {
  const item = kind.slice(0, -'List'.length);
  return {
    description: `A list of ${item}.`,
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: { description: "The group and version of this object's schema.", type: 'string' },
      items: { description: 'The objects.', type: 'array', items: { $ref: `${group}/${version}/${item}` } },
      kind: { description: 'The kind of this object.', type: 'string' },
      metadata: { description: 'About the list.', $ref: 'meta/v1/ListMeta' },
    },
    'x-kubernetes-group-version-kind': [{ group, version, kind }],
  };
}

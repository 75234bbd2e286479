/**
 * Reads `schemas/`, the single source of what the API's types look like, into a `SchemaSet`.
 * One file per type: `schemas/<group>/<version>/<Type>.json`, where the core group is `core` and the shared types are `meta`.
 * Everything read is frozen. It reads no other folder and knows nothing of any single kind.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deepFreeze } from '../base/json.ts';
import type { SchemaNode, SchemaSet } from './node.ts';

/** A `$ref` chain longer than this is a cycle. */
const REF_DEPTH_MAX = 8;

/** Kinds of `meta/v1` that every group and version understands (`metav1.AddToGroupVersion`). */
const KINDS_OF_EVERY_GROUP: readonly string[] = [
  'CreateOptions',
  'DeleteOptions',
  'GetOptions',
  'ListOptions',
  'PatchOptions',
  'UpdateOptions',
  'WatchEvent',
];

/** The folder with the schemas: beside `daemon/`, whether that is the source tree or a build output. */
function schemasFolder(): string {
  const candidates = ['../../schemas', '../../../schemas'].map((relative) =>
    fileURLToPath(new URL(relative, import.meta.url)),
  );
  const found = candidates.find((folder) => existsSync(join(folder, 'meta', 'v1', 'ObjectMeta.json')));
  if (!found) throw new Error(`no schemas found; looked in ${candidates.join(' and ')}: reinstall or rebuild reflet`);
  return found;
}

function readSchemas(folder: string): Map<string, SchemaNode> {
  const nodes = new Map<string, SchemaNode>();
  for (const group of readdirSync(folder).sort()) {
    for (const version of readdirSync(join(folder, group)).sort()) {
      for (const file of readdirSync(join(folder, group, version)).sort()) {
        if (!file.endsWith('.json')) continue;
        const text = readFileSync(join(folder, group, version, file), 'utf8');
        nodes.set(`${group}/${version}/${file.slice(0, -'.json'.length)}`, JSON.parse(text) as SchemaNode);
      }
    }
  }
  return nodes;
}

const kindKey = (group: string, version: string, kind: string): string => `${group}/${version}/${kind}`;

/** A `SchemaSet` over named nodes: `core/v1/Pod` → its node. The nodes are frozen. Tests build small sets with it. */
export function createSchemaSet(nodes: ReadonlyMap<string, SchemaNode>): SchemaSet {
  const byKind = new Map<string, SchemaNode>();
  for (const node of nodes.values()) {
    deepFreeze(node);
    for (const { group, version, kind } of node['x-kubernetes-group-version-kind'] ?? [])
      byKind.set(kindKey(group, version, kind), node);
  }
  const named = (name: string): SchemaNode => {
    const node = nodes.get(name);
    if (!node) throw new Error(`no schema is named ${name}`);
    return node;
  };
  const resolve = (node: SchemaNode): SchemaNode => {
    let at = node;
    for (let depth = 0; at.$ref !== undefined; depth++) {
      if (depth >= REF_DEPTH_MAX) throw new Error(`the reference ${at.$ref} goes round in a circle`);
      at = named(at.$ref);
    }
    return at;
  };
  const ofKind = (group: string, version: string, kind: string): SchemaNode | undefined =>
    byKind.get(kindKey(group, version, kind)) ??
    (KINDS_OF_EVERY_GROUP.includes(kind) ? nodes.get(`meta/v1/${kind}`) : undefined);
  return { resolve, ofKind, named, names: [...nodes.keys()].sort() };
}

/** Reads all schemas from the folder that belongs to this build. Synchronous, some 20 ms: call once at start. */
export function loadSchemas(): SchemaSet {
  return createSchemaSet(readSchemas(schemasFolder()));
}

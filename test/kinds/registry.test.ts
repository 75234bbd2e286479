/**
 * Completeness: every kind is registered, has its files, and keeps what the contract promises whatever the kind.
 */

import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cloneJson } from '../../daemon/base/json.ts';
import type { KubeObject } from '../../daemon/base/object.ts';
import { isStorageVersion } from '../../daemon/kinds/conversion.ts';
import type { Kind } from '../../daemon/kinds/kind.ts';
import { createKindRegistry } from '../../daemon/kinds/registry.ts';
import * as resources from '../../daemon/kinds/resources.ts';
import { loadSchemas } from '../../daemon/schema/load.ts';
import { create, registry } from './support/admit.ts';

const FOLDER = new URL('../../daemon/kinds/', import.meta.url);
const folders = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !['common', 'custom'].includes(entry.name))
  .map(({ name }) => name)
  .sort();
const filesOf = (folder: string) => readdirSync(new URL(`${folder}/`, FOLDER));

/** Two groups have resources of a name that others have too. */
function folderOf({ resource: { group, kind, plural } }: Kind): string {
  if (group === 'metrics.k8s.io') return kind.toLowerCase();
  return group === 'events.k8s.io' ? 'events-group' : plural;
}

describe('the registry', () => {
  it('has a folder for every kind and no other', () => {
    const own = registry.kinds.filter((kind) => isStorageVersion(kind) || kind.resource.group === 'events.k8s.io');
    expect(own.map(folderOf).sort()).toEqual(folders);
  });

  it.each(folders)('%s has the usual files', (folder) => {
    const files = filesOf(folder);
    expect(files).toEqual(expect.arrayContaining(['kind.ts', 'validation.ts']));
    const kind = registry.kinds.find((one) => folderOf(one) === folder)!;
    if (kind.stored) expect(files).toEqual(expect.arrayContaining(['defaults.ts', 'table.ts']));
  });

  it('serves every resource constant that is no mere body', () => {
    const bodies = new Set(['evictions']);
    for (const resource of Object.values(resources)) {
      const { group, version, plural, kind } = resource;
      if (bodies.has(plural)) continue;
      expect(registry.byResource(group, version, plural)?.resource, plural).toBe(resource);
      expect(registry.byKind(group, version, kind)?.resource, kind).toBe(resource);
    }
  });

  it('knows nothing else', () => {
    expect(registry.byKind('apps', 'v1', 'StatefulSet')).toBeUndefined();
    expect(registry.byResource('', 'v1', '__proto__')).toBeUndefined();
    expect(registry.byResource('apps', 'v1beta1', 'deployments')).toBeUndefined();
  });

  it('refuses a kind that is there already', () => {
    expect(() => createKindRegistry([registry.kinds[0]!])).toThrow(/registered twice/);
  });

  it('has no two kinds of a group with one short name', () => {
    const names = registry.kinds
      .filter(isStorageVersion)
      .flatMap(({ resource, shortNames }) => shortNames.map((one) => `${resource.group}/${one}`));
    expect(new Set(names).size).toBe(names.length);
  });
});

describe.each(
  registry.kinds.map(
    (kind) => [`${kind.resource.group}/${kind.resource.version}/${kind.resource.plural}`, kind] as const,
  ),
)('%s', (_name, kind) => {
  const bare = () => create(kind, { metadata: { name: 'a' } }).object as KubeObject;

  it('has a schema', () => {
    const { group, version, kind: name } = kind.resource;
    expect(loadSchemas().ofKind(group, version, name)).toBeDefined();
  });

  it('has as many cells as columns, whatever the object holds', () => {
    expect(kind.table.cells(bare(), 0)).toHaveLength(kind.table.columns.length);
    expect(kind.table.columns.filter(({ format }) => format === 'name')).toHaveLength(1);
    for (const { description } of kind.table.columns) expect(description).toMatch(/\.$/);
  });

  it('defaults what is defaulted already to itself', () => {
    const once = cloneJson(bare());
    const twice = cloneJson(once);
    kind.setDefaults(twice);
    expect(twice).toEqual(once);
  });

  it('reads its selectable fields from the barest object', () => {
    for (const read of Object.values(kind.fieldSelectors)) expect(typeof read(bare())).toBe('string');
  });

  it('validates the barest object without failing', () => {
    expect(() => kind.validate(bare())).not.toThrow();
    expect(() => kind.validateUpdate(bare(), bare())).not.toThrow();
    expect(() => kind.validateStatusUpdate?.(bare(), bare())).not.toThrow();
    expect(() => kind.warnings?.(bare(), undefined)).not.toThrow();
    expect(() => kind.unsupported?.(bare())).not.toThrow();
    expect(() => kind.scale?.selector(bare())).not.toThrow();
  });

  it('has a status path exactly when it says so', () => {
    expect(kind.prepareForStatusUpdate !== undefined).toBe(kind.hasStatus);
    expect(kind.validateStatusUpdate !== undefined).toBe(kind.hasStatus);
  });
});

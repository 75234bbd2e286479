/** The schema files themselves: tidy, complete in themselves, and the generated types are what they give. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { renderTypes } from '../../daemon/schema/generate-types.ts';
import { createSchemaSet, loadSchemas } from '../../daemon/schema/load.ts';
import type { SchemaNode } from '../../daemon/schema/node.ts';

const schemas = loadSchemas();
const folder = fileURLToPath(new URL('../../schemas/', import.meta.url));

/** A node and all within it, with its place. */
function* walk(node: SchemaNode, place: string): Generator<[string, SchemaNode]> {
  yield [place, node];
  if (node.items) yield* walk(node.items, `${place}[]`);
  if (typeof node.additionalProperties === 'object') yield* walk(node.additionalProperties, `${place}{}`);
  for (const [name, member] of Object.entries(node.properties ?? {})) yield* walk(member, `${place}.${name}`);
}

const nodes = schemas.names.flatMap((name) => [...walk(schemas.named(name), name)]);

describe('schemas/', () => {
  test('files are JSON with two spaces and a newline at the end', () => {
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.json')) continue;
      const text = readFileSync(join(folder, file), 'utf8');
      expect(text, file).toBe(`${JSON.stringify(JSON.parse(text), null, 2)}\n`);
    }
  });

  test('every reference leads somewhere', () => {
    for (const [place, node] of nodes) expect(() => schemas.resolve(node), place).not.toThrow();
  });

  test('each field of a message has a number of its own', () => {
    // reflet.yaml is a file, and a version is told as JSON whatever a client asks for.
    const isMessage = (name: string) => !name.startsWith('reflet.dev/') && name !== 'meta/v1/VersionInfo';
    for (const name of schemas.names.filter(isMessage)) {
      const members = Object.entries(schemas.named(name).properties ?? {});
      const typeMeta = ['kind', 'apiVersion'];
      const numbered = members.filter(([, member]) => member['x-protobuf'] !== undefined);
      const bare = members.filter(([, member]) => member['x-protobuf'] === undefined).map(([member]) => member);
      expect(
        bare.every((member) => typeMeta.includes(member)),
        `${name}: ${bare.join()}`,
      ).toBe(true);
      const numbers = numbered.map(([, m]) => `${m['x-protobuf-inline'] ?? ''}/${m['x-protobuf']}`);
      expect(new Set(numbers).size, name).toBe(numbers.length);
    }
  });

  test('lists of maps name keys that their items have', () => {
    for (const [place, node] of nodes) {
      if (node['x-kubernetes-list-type'] !== 'map') continue;
      const item = schemas.resolve(node.items!);
      const keys = [...(node['x-kubernetes-list-map-keys'] ?? []), node['x-kubernetes-patch-merge-key'] ?? []].flat();
      expect(keys.length, place).toBeGreaterThan(0);
      for (const key of keys) expect(Object.keys(item.properties ?? {}), place).toContain(key);
    }
  });

  test('each type and each field is described, in few words', () => {
    for (const name of schemas.names) {
      const node = schemas.named(name);
      expect(node.description, name).toMatch(/^.{3,200}$/);
      for (const [field, member] of Object.entries(node.properties ?? {}))
        expect(member.description, `${name}.${field}`).toMatch(/^.{3,200}$/);
    }
  });

  test('required members exist', () => {
    for (const [place, node] of nodes)
      for (const name of node.required ?? []) expect(Object.keys(node.properties ?? {}), place).toContain(name);
  });

  test('kinds have a list beside them that holds them', () => {
    for (const name of schemas.names) {
      const [kind] = schemas.named(name)['x-kubernetes-group-version-kind'] ?? [];
      if (!kind?.kind.endsWith('List') || name.startsWith('meta/')) continue;
      const items = schemas.named(name).properties?.['items']?.items?.$ref;
      expect(items, name).toBe(name.slice(0, -'List'.length));
    }
  });

  test('the generated types are up to date', () => {
    const file = new URL('../../daemon/kinds/types.generated.ts', import.meta.url);
    expect(readFileSync(file, 'utf8')).toBe(renderTypes(schemas));
  });
});

describe('schema sets', () => {
  test('finds kinds by group, version and kind', () => {
    expect(schemas.ofKind('apps', 'v1', 'Deployment')).toBe(schemas.named('apps/v1/Deployment'));
    expect(schemas.ofKind('', 'v1', 'Pod')).toBe(schemas.named('core/v1/Pod'));
    expect(schemas.ofKind('apps', 'v1', 'DeleteOptions')).toBe(schemas.named('meta/v1/DeleteOptions'));
    expect(schemas.ofKind('', 'v2', 'Pod')).toBeUndefined();
  });

  test('an unknown name and a circle are errors', () => {
    const set = createSchemaSet(
      new Map([
        ['a', { $ref: 'b' }],
        ['b', { $ref: 'a' }],
      ]),
    );
    expect(() => set.named('c')).toThrow('no schema is named c');
    expect(() => set.resolve({ $ref: 'a' })).toThrow('circle');
  });
});

/** What is kept at refs/reflet/state, and a cluster rebuilt from it: the data directory is gone but for the repository and the key. */

import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../daemon/base/object.ts';
import { STATE_BEFORE_REF, STATE_REF } from '../../daemon/git/state/state-index.ts';
import { AWAITING_REPORT } from '../../daemon/kinds/common/rebuild.ts';
import { makeNode } from '../support/objects.ts';
import { type Clone, configMap, createWorld, stored, type World, type WorldOptions } from './support/world.ts';
import { create } from './support/writes.ts';

const SECRET_VALUE = 'correct horse battery staple';
const options: WorldOptions = { stateKey: randomBytes(32) };
let world: World;
let clone: Clone;
beforeEach(async () => {
  world = await createWorld(options);
  clone = await world.clone('a');
  await clone.commit({
    'one.yaml': configMap('one', { a: '1' }),
    'two.yaml': configMap('two', { a: '1' }),
  });
  await clone.push();
});
afterEach(() => world.close());

const gitDir = () => world.git.repository.gitDir;
const git = async (...args: string[]) =>
  (await clone.git('-C', gitDir(), '-c', 'core.hooksPath=/dev/null', ...args)).stdout.trim();

/** As controllers, agents and the allocator write them: not in git. */
async function writeRuntime(): Promise<void> {
  const objects: [string, KubeObject][] = [
    ['core/nodes/n1', makeNode('n1') as KubeObject],
    [
      'core/pods/default/web-1',
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'web-1', namespace: 'default', uid: 'u-1' },
        spec: { nodeName: 'n1', containers: [] },
        status: { phase: 'Running', podIP: '10.244.0.7' },
      } as KubeObject,
    ],
    [
      'batch/jobs/default/once',
      {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'once', namespace: 'default', uid: 'u-2' },
        status: { succeeded: 1 },
      } as KubeObject,
    ],
    [
      'core/secrets/other/token',
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'token', namespace: 'other', uid: 'u-3' },
        data: { value: Buffer.from(SECRET_VALUE).toString('base64') },
      } as KubeObject,
    ],
    ['core/events/default/e', { apiVersion: 'v1', kind: 'Event', metadata: { name: 'e', namespace: 'default' } }],
    [
      'coordination.k8s.io/leases/kube-node-lease/n1',
      { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'n1', namespace: 'kube-node-lease' } },
    ],
  ];
  await world.store.commit(objects.map(([key, value]) => ({ type: 'put', key: `/registry/${key}`, value })));
}

/** Every object, without what a rebuild changes. */
function snapshot(): Record<string, unknown> {
  const objects = world.store.range('/registry/').entries.map(({ key, value }) => {
    const { resourceVersion: _, annotations = {}, ...metadata } = value.metadata ?? {};
    const { [AWAITING_REPORT]: __, ...rest } = annotations;
    return [key, { ...value, metadata: { ...metadata, annotations: rest } }] as const;
  });
  return Object.fromEntries(objects.filter(([key]) => !/\/(events|leases)\//.test(key)));
}

async function ledger(): Promise<unknown[]> {
  const entries: unknown[] = [];
  for await (const entry of world.git.engine.ledger.entries()) entries.unshift(entry);
  return entries;
}

describe('a rebuild', () => {
  it('gives every object back as it was, under revisions above all earlier ones', async () => {
    await writeRuntime();
    await create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'by-api' } });
    const before = snapshot();
    const entries = await ledger();
    const { revision } = world.store;
    const { commit } = world.git.status();
    await world.rebuild();
    expect(snapshot()).toEqual(before);
    expect(Object.keys(before)).toContain('/registry/batch/jobs/default/once');
    const revisions = world.store.range('/registry/').entries.map(({ modRevision }) => modRevision);
    expect(Math.min(...revisions)).toBeGreaterThan(revision);
    expect(world.git.status()).toMatchObject({ commit, objects: 3, refused: undefined });
    const after = await ledger();
    expect(after.slice(0, -1)).toEqual(entries);
    expect(after.at(-1)).toMatchObject({ commit, parent: commit, lastRevision: world.store.revision });
    expect(world.git.engine.ledger.atRevision(revision)?.commit).toBe(commit);
    await clone.git('pull', '-q', '--rebase', 'origin', 'main');
    await clone.commit({ 'one.yaml': undefined });
    expect((await clone.push()).stderr).toContain('admitted');
    expect(stored(world.store, 'configmaps', 'one')).toBeUndefined();
  });

  it('marks the nodes as not heard of yet, and has neither events nor leases', async () => {
    await writeRuntime();
    await world.rebuild();
    const node = world.store.get('/registry/core/nodes/n1')!.value;
    expect(node.metadata?.annotations?.[AWAITING_REPORT]).toMatch(/^\d{4}-/);
    expect(world.store.count('/registry/core/events/')).toBe(0);
    expect(world.store.count('/registry/coordination.k8s.io/')).toBe(0);
  });

  it('follows what was pushed after the last checkpoint', async () => {
    await writeRuntime();
    await world.git.checkpoint();
    const state = await git('rev-parse', STATE_REF);
    await clone.commit({ 'one.yaml': configMap('one', { a: '2' }), 'three.yaml': configMap('three', { a: '1' }) });
    await clone.push();
    const { uid } = stored(world.store, 'configmaps', 'one')!['metadata'] as { uid: string };
    await world.rebuild(() => git('update-ref', STATE_REF, state));
    expect(stored(world.store, 'configmaps', 'one')).toMatchObject({ data: { a: '2' }, metadata: { uid } });
    expect(stored(world.store, 'configmaps', 'three')).toBeDefined();
    expect(stored(world.store, 'pods', 'web-1')).toBeDefined();
  });

  const squash = async () => {
    const commit = await git('commit-tree', 'main^{tree}', '-m', 'squashed');
    await git('update-ref', 'refs/heads/main', commit);
  };
  it.each([
    ['a squash', squash],
    [
      'a squash of which only the result is left',
      async () => {
        await squash();
        await git('update-ref', '-d', 'refs/reflet/in-force');
        await git('reflog', 'expire', '--expire=now', '--all');
        await git('prune', '--expire=now');
      },
    ],
    [
      'a merge',
      async () => {
        const side = await git('commit-tree', 'main^{tree}', '-p', 'main', '-m', 'side');
        const merge = await git('commit-tree', 'main^{tree}', '-p', 'main', '-p', side, '-m', 'merge');
        await git('update-ref', 'refs/heads/main', merge);
      },
    ],
  ])('comes to the same after %s', async (_what, rewrite) => {
    await writeRuntime();
    const before = snapshot();
    await world.rebuild(rewrite);
    const stripped = (objects: Record<string, unknown>) =>
      Object.entries(objects).map(([key, value]) => [key, (value as KubeObject).metadata?.uid]);
    expect(stripped(snapshot())).toEqual(stripped(before));
    expect(world.git.status()).toMatchObject({
      commit: await git('rev-parse', 'main'),
      objects: 2,
      refused: undefined,
    });
    await clone.git('fetch', '-q', 'origin');
    await clone.git('reset', '-q', '--hard', 'origin/main');
    await clone.commit({ 'two.yaml': undefined });
    await clone.push();
    expect(stored(world.store, 'configmaps', 'two')).toBeUndefined();
  });

  it('of a mirror clone comes to the same', async () => {
    await writeRuntime();
    const before = snapshot();
    await world.git.checkpoint();
    const mirror = join(world.folder, 'mirror.git');
    await clone.git('clone', '-q', '--mirror', gitDir(), mirror);
    await world.rebuild(async () => {
      await rm(gitDir(), { recursive: true });
      await rename(mirror, gitDir());
    });
    expect(snapshot()).toEqual(before);
  });
});

describe('what is kept', () => {
  it('shows no value of a Secret', async () => {
    await writeRuntime();
    await world.git.checkpoint();
    const ids = (await git('cat-file', '--batch-all-objects', '--batch-check=%(objectname)')).split('\n');
    expect(ids.length).toBeGreaterThan(10);
    const encoded = Buffer.from(SECRET_VALUE).toString('base64');
    for (const id of ids) {
      const content = await git('cat-file', '-p', id);
      expect(content.includes(SECRET_VALUE) || content.includes(encoded)).toBe(false);
    }
  });

  it('costs in proportion to the change: one part, the index', async () => {
    await writeRuntime();
    await world.git.checkpoint();
    const before = await git('rev-parse', STATE_REF);
    const key = '/registry/core/pods/default/web-1';
    await world.store.commit([
      { type: 'put', key, value: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-1' } } },
    ]);
    await world.git.checkpoint();
    const changed = (await git('diff-tree', '-r', '--name-only', before, STATE_REF)).split('\n');
    expect(changed).toEqual(['index', expect.stringMatching(/^objects\/[0-9a-f]{2}$/)]);
    expect(await git('rev-parse', STATE_BEFORE_REF)).toBe(before);
  });

  it('is not written when only events, leases and heartbeats come', async () => {
    await writeRuntime();
    await world.git.checkpoint();
    const before = await git('rev-parse', STATE_REF);
    const value = { apiVersion: 'v1', kind: 'Event', metadata: { name: 'f', namespace: 'default' } };
    await world.store.commit([{ type: 'put', key: '/registry/core/events/default/f', value }]);
    await world.git.checkpoint();
    expect(await git('rev-parse', STATE_REF)).toBe(before);
  });

  it('is written by itself soon after a change', async () => {
    await writeRuntime();
    await expect.poll(() => git('rev-parse', '--verify', '-q', STATE_REF), { timeout: 8_000 }).not.toBe('');
  });

  it('cannot be pushed to', async () => {
    await world.git.checkpoint();
    const before = await git('rev-parse', STATE_REF);
    const { exitCode } = await clone.git('push', '-q', 'origin', `+HEAD:${STATE_REF}`);
    expect(exitCode).not.toBe(0);
    expect(await git('rev-parse', STATE_REF)).toBe(before);
  });
});

describe('damage', () => {
  const file = (ref: string) => join(gitDir(), ref);
  const objectFile = (id: string) => join(gitDir(), 'objects', id.slice(0, 2), id.slice(2));
  const fsck = async () => (await clone.git('-C', gitDir(), 'fsck', '--full', '--strict')).exitCode;
  /** Two checkpoints, so that there is one before. */
  async function twoCheckpoints(): Promise<void> {
    await writeRuntime();
    await world.git.checkpoint();
    await create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'later' } });
    await world.git.checkpoint();
  }
  const partOf = async (pattern: RegExp) => {
    const lines = (await git('ls-tree', '-r', STATE_REF)).split('\n');
    const changed = (await git('diff-tree', '-r', '--name-only', STATE_BEFORE_REF, STATE_REF)).split('\n');
    const path = changed.find((name) => pattern.test(name))!;
    return lines.find((line) => line.endsWith(`\t${path}`))!.split(/\s/)[2]!;
  };

  it.each([
    ['the ref is cut off', () => truncate(file(STATE_REF), 0)],
    ['the ref names nothing', () => writeFile(file(STATE_REF), `${'1'.repeat(40)}\n`)],
    ['its commit is cut off', async () => truncate(objectFile(await git('rev-parse', STATE_REF)), 0)],
    ['its index is cut off', async () => truncate(objectFile(await partOf(/^index$/)), 0)],
    ['a part of it is cut off', async () => truncate(objectFile(await partOf(/^objects/)), 0)],
  ])('the checkpoint before is used when %s, and all is whole again', async (_what, damage) => {
    await twoCheckpoints();
    await world.rebuild(damage);
    expect(stored(world.store, 'pods', 'web-1')).toBeDefined();
    expect(stored(world.store, 'configmaps', 'later')).toBeDefined(); // it is in git
    expect(world.git.status().refused).toBeUndefined();
    await world.git.checkpoint();
    expect(await fsck()).toBe(0);
    await world.rebuild();
    expect(stored(world.store, 'pods', 'web-1')).toBeDefined();
  });

  it.each([
    ['the ref is cut off', () => truncate(file(STATE_REF), 0)],
    ['its commit is cut off', async () => truncate(objectFile(await git('rev-parse', STATE_REF)), 0)],
    ['a part of it is cut off', async () => truncate(objectFile(await partOf(/^objects/)), 0)],
  ])('a restart writes it anew when %s', async (_what, damage) => {
    await twoCheckpoints();
    await world.git.stop();
    await damage();
    await world.restart();
    await world.git.checkpoint();
    expect(await fsck()).toBe(0);
    await world.rebuild();
    expect(stored(world.store, 'configmaps', 'later')).toBeDefined();
  });

  it('is refused by name when nothing can be used, and nothing is changed', async () => {
    await twoCheckpoints();
    const damage = async () => {
      await truncate(file(STATE_REF), 0);
      await truncate(file(STATE_BEFORE_REF), 0);
    };
    await expect(world.rebuild(damage)).rejects.toThrow(
      /refs\/reflet\/state in .* cannot be used: .* is broken.*Nothing was changed/,
    );
    expect(await readFile(file('refs/heads/main'), 'utf8')).toMatch(/^[0-9a-f]{40}\n$/);
  });

  it('is refused by name under another key', async () => {
    await twoCheckpoints();
    const { stateKey } = options;
    await expect(
      world.rebuild(async () => {
        options.stateKey = randomBytes(32);
      }),
    ).rejects.toThrow(/not written under this key.*put the keys directory/);
    options.stateKey = stateKey!;
  });
});

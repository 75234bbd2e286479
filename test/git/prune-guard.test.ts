/** The prune guard: what would remove much is held back until somebody says that it is meant; one object may be kept. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clone, configMap, createWorld, stored, type World } from './support/world.ts';

let world: World;
let clone: Clone;
const NAMES = Array.from({ length: 20 }, (_, index) => `c${index}`);
const files = (names: readonly string[], gone = false) =>
  Object.fromEntries(names.map((name) => [`${name}.yaml`, gone ? undefined : configMap(name, { k: '1' })]));
beforeEach(async () => {
  world = await createWorld();
  clone = await world.clone('ada');
  await clone.commit(files(NAMES));
  await clone.push();
});
afterEach(() => world.close());

const count = () => world.store.count('/registry/core/configmaps/');
const head = async () => (await clone.git('rev-parse', 'HEAD')).stdout.trim();
/** Past every hook, as nobody should. */
const moveRef = (to: string) =>
  clone.git(
    '-c',
    'core.hooksPath=/dev/null',
    `--git-dir=${world.git.repository.gitDir}`,
    'update-ref',
    'refs/heads/main',
    to,
  );

describe('a push', () => {
  it('that removes more than half is refused, and passes with the trailer', async () => {
    await clone.commit(files(NAMES.slice(0, 11), true), 'fewer');
    const { exitCode, stderr } = await clone.push();
    expect(exitCode).toBe(1);
    expect(stderr).toContain('this would delete 11 of 20 objects: configmap default/c0, ');
    expect(stderr).toContain('and 6 more; expected: if that is meant: the trailer "Reflet-Confirm: prune"');
    expect(count()).toBe(20);
    await clone.git('commit', '-q', '--amend', '-m', 'fewer\n\nReflet-Confirm: prune');
    expect((await clone.push()).exitCode).toBe(0);
    expect(count()).toBe(9);
  });

  it('that removes half, or few, passes', async () => {
    await clone.commit(files(NAMES.slice(0, 10), true));
    expect((await clone.push()).exitCode).toBe(0);
    await clone.commit(files(NAMES.slice(10, 19), true));
    expect((await clone.push()).exitCode).toBe(0);
    expect(count()).toBe(1);
  });

  it('that empties the tree is refused however small it is, and passes when confirmed by its id, be it before a restart', async () => {
    await clone.commit(files(NAMES.slice(0, 10), true));
    await clone.push();
    await clone.commit(files(NAMES.slice(10, 19), true));
    await clone.push();
    await clone.commit({ 'c19.yaml': undefined, 'README.md': 'nothing\n' });
    expect((await clone.push()).stderr).toContain('this would delete all 1 objects: configmap default/c19');
    expect(await world.git.confirm(await head())).toMatchObject({ inForce: false });
    await world.restart(); // what was confirmed outlives it
    expect((await clone.push()).exitCode).toBe(0);
    expect(count()).toBe(0);
  });

  it('the share is configured, by what is in force before', async () => {
    const configure = (share: number) =>
      `apiVersion: reflet.dev/v1\nkind: Configuration\nprune:\n  maxShare: ${share}\n  minObjects: 2\n`;
    await clone.commit({ 'reflet.yaml': configure(0.05) });
    await clone.push();
    await clone.commit({ ...files(NAMES.slice(0, 2), true), 'reflet.yaml': configure(1) });
    expect((await clone.push()).stderr).toContain('this would delete 2 of 20 objects');
  });

  it('keeps what says so, as runtime state with its uid', async () => {
    const kept = configMap('c0', { k: '1' }).replace(
      '\ndata:',
      '\n  annotations:\n    reflet.dev/prune: disabled\ndata:',
    );
    await clone.commit({ 'c0.yaml': kept });
    await clone.push();
    const before = stored(world.store, 'configmaps', 'c0') as { metadata: { uid: string } };
    await clone.commit({ 'c0.yaml': undefined, 'c1.yaml': undefined });
    expect((await clone.push()).stderr).toContain('configmap default/c0 kept');
    const after = stored(world.store, 'configmaps', 'c0') as {
      metadata: { uid: string; managedFields: { manager: string }[] };
    };
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.metadata.managedFields.map(({ manager }) => manager)).not.toContain('reflet-git');
    expect(stored(world.store, 'configmaps', 'c1')).toBeUndefined();
  });
});

describe('a namespace that goes', () => {
  const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n';
  const live = (name: string, annotations = {}) => {
    const value = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop', annotations } };
    return { type: 'put' as const, key: `/registry/core/configmaps/shop/${name}`, value };
  };
  beforeEach(async () => {
    await clone.commit({ 'shop.yaml': namespace });
    await clone.push();
  });

  it('counts with all it holds, also what is not in git', async () => {
    await world.store.commit(Array.from({ length: 30 }, (_, index) => live(`made-${index}`)));
    await clone.commit({ 'shop.yaml': undefined });
    expect((await clone.push()).stderr).toContain('this would delete 31 of 51 objects: namespace shop, … and 30 more');
    await clone.git('commit', '-q', '--amend', '-m', 'no shop\n\nReflet-Confirm: prune');
    expect((await clone.push()).exitCode).toBe(0);
  });

  it('cannot go while it holds what is kept', async () => {
    await world.store.commit([live('kept', { 'reflet.dev/prune': 'disabled' })]);
    await clone.commit({ 'shop.yaml': undefined });
    expect((await clone.push()).stderr).toContain(
      'shop.yaml: namespace shop cannot go: it holds configmap kept, which says reflet.dev/prune: disabled',
    );
  });
});

describe('a branch that moves past the hooks', () => {
  it('to an emptied tree: what is in force stays, and a later good commit is not held up', async () => {
    const good = await head();
    const tree = (
      await clone.git(`--git-dir=${world.git.repository.gitDir}`, 'hash-object', '-w', '-t', 'tree', '/dev/null')
    ).stdout.trim();
    const empty = (
      await clone.git(`--git-dir=${world.git.repository.gitDir}`, 'commit-tree', tree, '-p', good, '-m', 'oops')
    ).stdout.trim();
    await moveRef(empty);
    await world.git.engine.catchUp();
    expect(count()).toBe(20);
    expect(world.git.status().refused).toMatchObject({ commit: empty });
    expect(world.events.join('\n')).toContain('CommitRefused');
    await clone.git('pull', '-q', '--rebase');
    await clone.git('revert', '--no-edit', empty);
    await clone.commit({ 'd.yaml': configMap('d', {}) });
    expect((await clone.push()).exitCode).toBe(0);
    expect(count()).toBe(21);
    expect(world.git.status().refused).toBeUndefined();
  });

  it('to an unrelated history: kept back until confirmed', async () => {
    await clone.git('checkout', '-q', '--orphan', 'other');
    await clone.commit({ 'c0.yaml': configMap('c0', { k: '2' }) }, 'another root');
    await clone.git('push', '-q', 'origin', 'HEAD:refs/heads/other');
    await moveRef(await head());
    await world.git.engine.catchUp();
    expect(world.git.status().refused?.problems[0]?.message).toContain('shares no history');
    expect(await world.git.confirm(await head())).toMatchObject({ inForce: true });
  });

  it('or is deleted: what is in force stays', async () => {
    await clone.git(
      '-c',
      'core.hooksPath=/dev/null',
      `--git-dir=${world.git.repository.gitDir}`,
      'update-ref',
      '-d',
      'refs/heads/main',
    );
    await world.git.engine.catchUp();
    expect(count()).toBe(20);
    expect(world.git.status().refused?.problems[0]?.message).toContain('was deleted');
  });

  it('to a commit whose tree is missing: refused by name, nothing is deleted', async () => {
    await clone.commit({ 'c0.yaml': configMap('c0', { k: '2' }) });
    await clone.git('push', '-q', 'origin', 'HEAD:refs/heads/side');
    const tree = (await clone.git('rev-parse', 'HEAD^{tree}')).stdout.trim();
    await rm(join(world.git.repository.gitDir, 'objects', tree.slice(0, 2), tree.slice(2)), { force: true });
    await moveRef(await head());
    await world.git.engine.catchUp();
    expect(count()).toBe(20);
    expect(world.git.status().refused?.problems[0]?.message).toContain('cannot be read');
  });
});

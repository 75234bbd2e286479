/** Suspend and resume as a commit: what is in force stays, what comes later waits, people's hands are free meanwhile. */

import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../daemon/base/object.ts';
import { DEFAULT_CONFIGURATION } from '../../daemon/git/configuration/configuration.ts';
import { readTip } from '../../daemon/git/repository.ts';
import { nextExpiry, objectSuspension } from '../../daemon/git/suspension/suspension.ts';
import { eventually } from '../support/private-host.ts';
import { type Clone, configMap, createWorld, stored, type World } from './support/world.ts';

let world: World;
let clone: Clone;
beforeEach(async () => {
  world = await createWorld();
  clone = await world.clone('ada');
  await clone.commit({ 'a.yaml': configMap('a', { k: '1' }) });
  await clone.push();
});
afterEach(() => world.close());

const configuration = (suspend: string) => `apiVersion: reflet.dev/v1\nkind: Configuration\n${suspend}`;
const SUSPENDED = configuration('suspend:\n  reason: freeze\n');
const kOf = (name: string) =>
  (stored(world.store, 'configmaps', name)?.['data'] as Record<string, string> | undefined)?.['k'];
const push = async () => {
  const { exitCode, stderr } = await clone.push();
  expect(exitCode, stderr).toBe(0);
  return stderr;
};

/** A controller's write: straight into the store, as its own. */
async function writeBy(manager: string, name: string, value: string): Promise<void> {
  const key = `/registry/core/configmaps/default/${name}`;
  const entry = world.store.get(key)!;
  const next = structuredClone(entry.value) as KubeObject & { data: Record<string, string> };
  next.data['k'] = value;
  next.metadata!.annotations = { 'written-by': manager };
  await world.store.commit([{ type: 'put', key, value: next, expect: entry.modRevision }]);
}

describe('the whole repository', () => {
  it('is suspended by a commit, whose other changes are the last; later ones wait, and all come with the commit that resumes', async () => {
    await clone.commit({ 'reflet.yaml': SUSPENDED, 'a.yaml': configMap('a', { k: '2' }) });
    await push();
    expect(kOf('a')).toBe('2');
    await clone.commit({ 'a.yaml': configMap('a', { k: '3' }) });
    expect(await push()).toContain('which waits: reflet is suspended: freeze');
    await clone.commit({ 'b.yaml': configMap('b', { k: '1' }) });
    await push();
    expect([kOf('a'), kOf('b')]).toEqual(['2', undefined]);
    const head = (await clone.git('rev-parse', 'HEAD')).stdout.trim();
    expect(world.git.status()).toMatchObject({ suspended: { reason: 'freeze' }, waiting: head });
    await clone.commit({ 'reflet.yaml': undefined });
    await push();
    expect([kOf('a'), kOf('b')]).toEqual(['3', '1']);
    expect(world.git.status()).toMatchObject({ suspended: undefined, waiting: undefined });
  });

  it('what waits is where the branch is put back to when its ref is cut off', async () => {
    await clone.commit({ 'reflet.yaml': SUSPENDED });
    await push();
    await clone.commit({ 'a.yaml': configMap('a', { k: '3' }) });
    await push();
    const head = (await clone.git('rev-parse', 'HEAD')).stdout.trim();
    const { repository, engine } = world.git;
    await truncate(join(repository.gitDir, repository.ref), 0);
    await engine.catchUp();
    expect(await readTip(repository)).toBe(head);
    expect(world.git.status()).toMatchObject({ suspended: { reason: 'freeze' }, waiting: head });
    expect(kOf('a')).toBe('1');
  });

  it('what waits is judged all the same', async () => {
    await clone.commit({ 'reflet.yaml': SUSPENDED });
    await push();
    await clone.commit({ 'a.yaml': 'kind: ConfigMap\n' });
    expect((await clone.push()).exitCode).toBe(1);
  });

  it('stays suspended over a restart, and the reason can be changed', async () => {
    await clone.commit({ 'reflet.yaml': SUSPENDED });
    await push();
    await clone.commit({ 'reflet.yaml': SUSPENDED.replace('freeze', 'audit'), 'a.yaml': configMap('a', { k: '2' }) });
    await push();
    await world.restart();
    expect(world.git.status()).toMatchObject({ suspended: { reason: 'audit' } });
    expect(kOf('a')).toBe('1');
  });

  it('ends at its time by itself', async () => {
    const lunch = (minutes: number) => {
      const until = new Date(Date.now() + minutes * 60_000).toISOString();
      return configuration(`suspend:\n  reason: lunch\n  until: ${until}\n`);
    };
    await clone.commit({ 'reflet.yaml': lunch(60) });
    await push();
    await clone.commit({ 'a.yaml': configMap('a', { k: '2' }) });
    await push();
    expect(kOf('a')).toBe('1');
    await clone.commit({ 'reflet.yaml': lunch(0.05) });
    await push();
    await eventually(async () => kOf('a') === '2');
    expect(world.git.status()).toMatchObject({ suspended: undefined });
  });

  it('what others write stays until it ends', async () => {
    await clone.commit({ 'reflet.yaml': SUSPENDED });
    await push();
    await writeBy('operator', 'a', 'drifted');
    await clone.commit({ 'reflet.yaml': SUSPENDED.replace('freeze', 'still') });
    await push();
    expect(kOf('a')).toBe('drifted');
    await clone.commit({ 'reflet.yaml': undefined });
    await push();
    await eventually(async () => kOf('a') === '1');
  });
});

describe('one object', () => {
  const suspended = (value: string, until = '') =>
    configMap('a', { k: value }).replace('\ndata:', `\n  annotations:\n    reflet.dev/suspend: by hand\n${until}data:`);

  it('keeps what it is while everything else goes on', async () => {
    await clone.commit({ 'a.yaml': suspended('2') });
    await push();
    expect(kOf('a')).toBe('2');
    await clone.commit({ 'a.yaml': suspended('3'), 'b.yaml': configMap('b', { k: '1' }) });
    expect(await push()).toContain('configmap default/a suspended');
    expect([kOf('a'), kOf('b')]).toEqual(['2', '1']);
    await writeBy('operator', 'a', 'drifted');
    await world.restart();
    expect(kOf('a')).toBe('drifted');
    await clone.commit({ 'a.yaml': configMap('a', { k: '3' }) });
    await push();
    expect(kOf('a')).toBe('3');
  });

  it('cannot lose its manifest, nor have an expiry that is no time', async () => {
    await clone.commit({ 'a.yaml': suspended('2'), 'b.yaml': configMap('b', {}) });
    await push();
    await clone.commit({ 'a.yaml': undefined });
    expect((await clone.push()).stderr).toContain('the object is suspended: by hand: its manifest cannot go');
    await clone.git('reset', '-q', '--hard', 'origin/main');
    await clone.commit({ 'a.yaml': suspended('2', '    reflet.dev/suspend-until: soon\n') });
    expect((await clone.push()).stderr).toMatch(
      /a\.yaml:8:5: configmap default\/a: metadata.annotations.*"soon" is no time/,
    );
  });
});

it('knows which suspension ends first', () => {
  const manifest = (until: string) => ({
    metadata: { annotations: { 'reflet.dev/suspend': 'x', 'reflet.dev/suspend-until': until } },
  });
  const now = Date.UTC(2027, 0, 1);
  const all = [manifest('2027-01-03T00:00:00Z'), manifest('2027-01-02T00:00:00Z'), manifest('2026-01-01T00:00:00Z')];
  expect(nextExpiry(DEFAULT_CONFIGURATION, all, now)).toBe(Date.UTC(2027, 0, 2));
  expect(objectSuspension(all[2]!, now)).toBeUndefined();
  expect(
    nextExpiry({ ...DEFAULT_CONFIGURATION, suspend: { reason: '', untilMs: undefined } }, [], now),
  ).toBeUndefined();
});

it('a copied state knows all that the state itself has looked up', async () => {
  const suspended = configMap('a', { k: '1' }).replace('\ndata:', '\n  annotations:\n    reflet.dev/suspend: x\ndata:');
  await clone.commit({ 'a.yaml': suspended, 'ns.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n' });
  await push();
  const { state } = world.git.engine;
  const copy = state.copy();
  expect([...copy.suspended]).toEqual([...state.suspended]);
  expect([...copy.shared]).toEqual([...state.shared]);
  expect([...copy.inNamespace('default')]).toEqual([...state.inNamespace('default')]);
  expect(copy.shared.size).toBe(1);
  expect(copy.suspended.size).toBe(1);
});

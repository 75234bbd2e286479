/** The ledger: which commit was in force when, after pushes, API writes, crashes and losses of its file. */

import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../daemon/base/log.ts';
import { type LedgerEntry, openLedger } from '../../daemon/git/ledger/ledger.ts';
import { PUBLICATION } from '../../daemon/git/publish.ts';
import { createStore } from '../../daemon/store/create-store.ts';
import { createMemoryLog } from '../../daemon/store/memory-log.ts';
import type { Store } from '../../daemon/store/store.ts';
import { type Clone, configMap, createWorld, stored, type World } from './support/world.ts';
import { create } from './support/writes.ts';

const all = async (ledger: { entries(): AsyncIterable<LedgerEntry> }) => {
  const entries: LedgerEntry[] = [];
  for await (const entry of ledger.entries()) entries.unshift(entry);
  return entries;
};

describe('of a repository', () => {
  let world: World;
  let clone: Clone;
  beforeEach(async () => {
    world = await createWorld();
    clone = await world.clone('a');
  });
  afterEach(() => world.close());
  const head = async () => (await clone.git('rev-parse', 'HEAD')).stdout.trim();
  const file = () => join(world.folder, 'data', 'ledger', 'ledger.jsonl');

  /** Two pushes, one of them without objects, and three API writes that share a batch. Returns the pushed commits. */
  async function publish(): Promise<string[]> {
    await clone.commit({ 'one.yaml': configMap('one', { a: '1' }), 'two.yaml': configMap('two', { a: '1' }) });
    await clone.push();
    const first = await head();
    await clone.commit({ 'README.md': 'nothing for the cluster\n' });
    await clone.push();
    const second = await head();
    const write = (name: string) => create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
    await Promise.all(['x', 'y', 'z'].map(write));
    await world.git.engine.settled();
    return [first, second];
  }

  it('has an entry for each published commit, in order, with its revisions, uids and person', async () => {
    const { revision } = world.store;
    const [first, second] = await publish();
    const { ledger } = world.git.engine;
    const entries = await all(ledger);
    expect(entries.map(({ firstRevision, lastRevision }) => [firstRevision, lastRevision])).toEqual([
      [revision + 1, revision + 2],
      [revision + 3, revision + 2],
      ...[3, 4, 5].map((offset) => [revision + offset, revision + offset]),
    ]);
    expect(entries.map(({ parent }) => parent)).toEqual([
      undefined,
      ...entries.slice(0, -1).map(({ commit }) => commit),
    ]);
    expect(entries[0]!.commit).toBe(first);
    expect(entries[0]!.uids['/registry/core/configmaps/default/one']).toBe(
      (stored(world.store, 'configmaps', 'one')!['metadata'] as { uid: string }).uid,
    );
    expect(entries.at(-1)).toMatchObject({ commit: world.git.status().commit, user: 'alice' });
    const log = (await clone.git('-C', world.git.repository.gitDir, 'log', '--reverse', '--format=%H', 'main')).stdout;
    expect(entries.map(({ commit }) => commit)).toEqual(log.trim().split('\n'));
    expect(ledger.byCommit(second!)).toMatchObject({ parent: first, lastRevision: revision + 2 });
    expect(ledger.byCommit('0'.repeat(40))).toBeUndefined();
  });

  it('tells what was in force at a revision and at a time, and which revisions are inside a commit', async () => {
    const { revision } = world.store;
    const [first, second] = await publish();
    const { ledger } = world.git.engine;
    expect(ledger.atRevision(revision)).toBeUndefined();
    expect(ledger.atRevision(revision + 1)).toBeUndefined();
    expect(ledger.inside(revision + 1)?.commit).toBe(first);
    expect(ledger.atRevision(revision + 2)?.commit).toBe(second);
    expect(ledger.inside(revision + 2)).toBeUndefined();
    expect(ledger.atRevision(world.store.revision + 10)).toBe(ledger.newest);
    const { timeMs } = ledger.byCommit(first!)!;
    expect(ledger.atTime(timeMs - 1)).toBeUndefined();
    expect(ledger.atTime(ledger.newest!.timeMs)).toBe(ledger.newest);
  });

  it.each([
    ['nothing happened to its file', async () => {}],
    ['its file is gone', () => rm(file())],
    ['its file was emptied', () => truncate(file(), 0)],
    ['its last line was cut off', async () => truncate(file(), (await stat(file())).size - 5)],
    [
      'a batch was cut in its middle',
      async () => {
        const lines = (await readFile(file(), 'utf8')).trimEnd().split('\n');
        await writeFile(file(), `${lines.slice(0, -1).join('\n')}\n`);
      },
    ],
  ])('is complete after a restart when %s', async (_what, damage) => {
    await publish();
    const before = await all(world.git.engine.ledger);
    await world.git.stop();
    await damage();
    await world.restart();
    expect(await all(world.git.engine.ledger)).toEqual(before);
    await clone.git('pull', '-q', '--rebase', 'origin', 'main');
    await clone.commit({ 'one.yaml': configMap('one', { a: '2' }) });
    await clone.push();
    expect(world.git.engine.ledger.newest).toMatchObject({ commit: await head(), parent: before.at(-1)!.commit });
    expect(world.git.engine.ledger.length).toBe(before.length + 1);
  });
});

describe('over a store', () => {
  let directory: string;
  let store: Store;
  const memory = createMemoryLog;
  let log = memory();
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'reflet-ledger-'));
    log = memory();
    store = await createStore(log);
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const idOf = (number: number) => number.toString(16).padStart(40, '0');
  async function publish(number: number): Promise<void> {
    const about = { commit: idOf(number), parent: number === 1 ? null : idOf(number - 1), revisions: 1 };
    const one = { ...about, offset: 0, timeMs: number * 1000, user: 'ada', uids: {} };
    const value = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
    await store.commit([{ type: 'put', key: '/registry/core/configmaps/default/a', value }], {
      record: { type: PUBLICATION, ...about, keep: { [PUBLICATION]: { revisions: 1, commits: [one] } } },
    });
  }
  const open = (entriesMax?: number) =>
    openLedger({ store, directory, log: silentLogger, ...(entriesMax ? { entriesMax } : {}) });

  it('misses nothing when snapshots were made while its file could not be written', async () => {
    await publish(1);
    await publish(2);
    await store.compact(store.revision);
    await publish(3);
    store = await createStore(log);
    const ledger = await open();
    expect((await all(ledger)).map(({ commit }) => commit)).toEqual([1, 2, 3].map(idOf));
    expect(store.kept(PUBLICATION, 0)).toEqual([]);
    await ledger.close();
  });

  it('takes nothing twice', async () => {
    await publish(1);
    await (await open()).close();
    await publish(2);
    store = await createStore(log); // the log replays what was released
    expect(store.kept(PUBLICATION, 0)).toHaveLength(2);
    const ledger = await open();
    expect((await all(ledger)).map(({ commit }) => commit)).toEqual([1, 2].map(idOf));
    await ledger.close();
  });

  it('leaves damaged lines out and keeps the rest', async () => {
    for (const number of [1, 2, 3]) await publish(number);
    await (await open()).close();
    await store.compact(store.revision);
    const file = join(directory, 'ledger.jsonl');
    const lines = (await readFile(file, 'utf8')).split('\n');
    lines[1] = 'x'.repeat(lines[1]!.length);
    await writeFile(file, lines.join('\n'));
    await appendFile(file, '');
    const ledger = await open();
    expect((await all(ledger)).map(({ commit }) => commit)).toEqual([1, 3].map(idOf));
    await ledger.close();
  });

  it('forgets the oldest half beyond its bound, in memory and on the disk', async () => {
    const ledger = await open(10);
    for (let number = 1; number <= 11; number++) await publish(number);
    await ledger.flush();
    for (let number = 12; number <= 14; number++) await publish(number);
    await ledger.flush();
    const expected = Array.from({ length: 9 }, (_, index) => idOf(index + 6));
    expect((await all(ledger)).map(({ commit }) => commit)).toEqual(expected);
    expect(ledger.byCommit(idOf(5))).toBeUndefined();
    await ledger.close();
    const again = await open();
    expect((await all(again)).map(({ commit }) => commit)).toEqual(expected);
    await again.close();
  });
});

/**
 * Packs that are small on the wire and become huge, trees and refs without end: refused by the bound that they meet (processor time, memory, entries),
 * which the answer names; nothing moves, no turn of the daemon is long meanwhile, and it serves the next push.
 */

import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../../daemon/base/process.ts';
import { measureTurns, type TurnMeter } from '../support/longest-turn.ts';
import { type ServedGit, serveGit } from './support/http.ts';
import {
  COPY_64_KIB,
  commitOf,
  delta,
  insert,
  objectId,
  type PackedObject,
  packOf,
  pushPack,
  treeOf,
  whole,
} from './support/packs.ts';
import { type Clone, configMap, createWorld, stored, type World } from './support/world.ts';

let world: World;
let served: ServedGit;
let clone: Clone;
let head: string;
/** Of the daemon's thread: the API answers in between. */
let turns: TurnMeter;
/** Three times what hostile requests may take (`test/api/lag`): what the test itself has thrown away is collected in between. */
const TURN_MS_MAX = 300;

beforeEach(async () => {
  world = await createWorld();
  served = await serveGit(world);
  clone = await served.as('admin');
  await clone.commit({ 'one.yaml': configMap('one', { a: '1' }) });
  await clone.push();
  head = (await clone.git('rev-parse', 'HEAD')).stdout.trim();
  turns = measureTurns();
});
afterEach(async () => {
  turns.stop();
  await served.close();
  await world.close();
});

/** A commit on top of what is in force with these files (by id), beside `objects` which make them. */
function pushFiles(files: Iterable<{ name: string; id: string }>, objects: readonly PackedObject[]): Promise<string> {
  const tree = whole('tree', treeOf(files));
  const commit = whole('commit', commitOf(tree.id, head));
  const update = { ref: 'refs/heads/main', from: head, to: commit.id };
  return pushPack(served.url, served.authorization('admin'), [update], packOf([...objects, tree, commit]), turns.reset);
}

async function nothingChanged(): Promise<void> {
  expect(turns.longestMs()).toBeLessThan(TURN_MS_MAX);
  expect((await run('git', ['rev-parse', 'main'], { cwd: world.git.repository.gitDir })).stdout.trim()).toBe(head);
  expect(world.git.status()).toMatchObject({ commit: head, objects: 1, refused: undefined });
  const left = (await readdir(join(world.git.repository.gitDir, 'objects'))).filter((name) =>
    name.includes('incoming'),
  );
  expect(left).toEqual([]);
  await clone.commit({ 'two.yaml': configMap('two', { a: '1' }) });
  expect((await clone.push()).exitCode).toBe(0);
}

const base = whole('blob', Buffer.alloc(65_536, 'x'));

test('300 bytes of delta that become 2 GiB are refused before they are made', async () => {
  const copies = 32_768;
  const bomb = delta(
    { id: base.id, size: 65_536 },
    copies * 65_536,
    Buffer.alloc(copies * 2, COPY_64_KIB),
    'a'.repeat(40),
  );
  const pack = [base, bomb];
  expect(packOf(pack).length).toBeLessThan(1_000);
  const answer = await pushFiles([{ name: 'bomb.bin', id: base.id }], pack);
  expect(answer).toContain('attempting to allocate 2147483649 over limit 67108864');
  await nothingChanged();
});

test('deltas of each other are refused', async () => {
  const [one, two] = [objectId('blob', Buffer.from('one')), objectId('blob', Buffer.from('two'))];
  const cycle = [
    delta({ id: one, size: 3 }, 3, insert(Buffer.from('two')), two),
    delta({ id: two, size: 3 }, 3, insert(Buffer.from('one')), one),
  ];
  const answer = await pushFiles([{ name: 'one.bin', id: one }], cycle);
  expect(answer).toMatch(/unresolved deltas|unpack/);
  expect(answer).toContain('ng refs/heads/main');
  await nothingChanged();
});

test('a chain of 3,000 deltas is followed to its end: a manifest', async () => {
  const chain: PackedObject[] = [whole('blob', Buffer.from(configMap('chained', { link: '0' })))];
  let text = Buffer.from(configMap('chained', { link: '0' }));
  for (let link = 1; link <= 3_000; link++) {
    const next = Buffer.from(configMap('chained', { link: String(link) }));
    const parts = Array.from({ length: Math.ceil(next.length / 127) }, (_, part) =>
      insert(next.subarray(part * 127, part * 127 + 127)),
    );
    const from = { id: objectId('blob', text), size: text.length };
    chain.push(delta(from, next.length, Buffer.concat(parts), objectId('blob', next)));
    text = next;
  }
  const answer = await pushFiles([{ name: 'chained.yaml', id: objectId('blob', text) }], chain);
  expect(answer).toContain('ok refs/heads/main');
  expect(turns.longestMs()).toBeLessThan(TURN_MS_MAX);
  expect(stored(world.store, 'configmaps', 'chained')).toMatchObject({ data: { link: '3000' } });
});

test('a manifest of 128 MiB in a pack of 128 KiB is refused by its size, without being read', async () => {
  const zeros = whole('blob', Buffer.alloc(128 << 20));
  const answer = await pushFiles([{ name: 'zeros.yaml', id: zeros.id }], [zeros]);
  expect(answer).toContain('zeros.yaml: the file has 134217728 bytes; expected: at most 4194304');
  await nothingChanged();
});

test('a tree of a million entries is refused by their number', async () => {
  const manifest = whole('blob', Buffer.from(configMap('many', {})));
  const entries = function* () {
    for (let entry = 0; entry < 1_000_000; entry++)
      yield { name: `${String(entry).padStart(7, '0')}.yaml`, id: manifest.id };
  };
  const answer = await pushFiles(entries(), [manifest]);
  expect(answer).toContain('more than 100000 files change at once');
  await nothingChanged();
});

test('100,000 refs are refused before any is made', async () => {
  const updates = Array.from({ length: 100_000 }, (_, number) => ({
    ref: `refs/heads/x${number}`,
    from: '0'.repeat(40),
    to: head,
  }));
  const answer = await pushPack(served.url, served.authorization('admin'), updates, packOf([]), turns.reset);
  expect(answer).toContain('the push moves 100000 refs at once');
  const refs = await run('git', ['for-each-ref', 'refs/heads'], { cwd: world.git.repository.gitDir });
  expect(refs.stdout.trim().split('\n')).toHaveLength(1);
  await nothingChanged();
});

test('a git that takes a push is bounded in processor time, memory and what it writes', async () => {
  const hook = join(world.git.repository.gitDir, '..', 'hooks', 'post-receive');
  await writeFile(hook, '#!/bin/sh\ncat /proc/self/limits >&2\necho "alloc $GIT_ALLOC_LIMIT" >&2\n', { mode: 0o755 });
  await clone.commit({ 'two.yaml': configMap('two', { a: '1' }) });
  const { stderr } = await clone.push();
  expect(stderr).toMatch(/Max cpu time +60 +60 +seconds/);
  expect(stderr).toMatch(/Max file size +268435456 +268435456 +bytes/);
  expect(stderr).toContain('alloc 64m');
});

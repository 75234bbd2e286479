/** The store against its contract, over both logs, and against a pure model. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../daemon/base/object.ts';
import { createStore } from '../../daemon/store/create-store.ts';
import { openFileLog } from '../../daemon/store/file-log.ts';
import { createMemoryLog } from '../../daemon/store/memory-log.ts';
import type { Operation, Store } from '../../daemon/store/store.ts';
import { BACKLOG_EVENTS_MAX } from '../../daemon/store/store-watch.ts';

const PODS = '/registry/core/pods/';
const pod = (name: string, extra: object = {}): KubeObject => ({ kind: 'Pod', metadata: { name }, ...extra });
const put = (name: string, expect?: number, extra?: object): Operation => ({
  type: 'put',
  key: `${PODS}default/${name}`,
  value: pod(name, extra),
  expect,
});
const names = (store: Store, revision?: number) =>
  store.range(PODS, { revision }).entries.map(({ value }) => value.metadata?.name);

describe('store', () => {
  it('numbers every operation and stores the revision in the object', async () => {
    const store = await createStore(createMemoryLog());
    const result = await store.commit([put('a'), put('b')]);
    expect(result).toMatchObject({ ok: true, revision: 2 });
    expect(store.get(`${PODS}default/b`)).toMatchObject({
      createRevision: 2,
      modRevision: 2,
      value: { metadata: { resourceVersion: '2' } },
    });
  });

  it('compares and swaps, against commits still on their way too', async () => {
    const store = await createStore(createMemoryLog());
    const results = await Promise.all([store.commit([put('a', 0)]), store.commit([put('a', 0)])]);
    expect(results.map(({ ok }) => ok)).toEqual([true, false]);
    expect(await store.commit([put('a', 7)])).toMatchObject({ ok: false, failed: 0, present: { modRevision: 1 } });
    expect(await store.commit([put('b', 0), put('a', 7)])).toMatchObject({ ok: false, failed: 1 });
    expect(names(store)).toEqual(['a']);
  });

  it('reads the past, and says when it is gone', async () => {
    const store = await createStore(createMemoryLog());
    await store.commit([put('b')]);
    await store.commit([put('a')]);
    await store.commit([{ type: 'delete', key: `${PODS}default/b` }]);
    expect([1, 2, 3].map((revision) => names(store, revision))).toEqual([['b'], ['a', 'b'], ['a']]);
    await store.compact(2);
    expect(() => store.range(PODS, { revision: 1 })).toThrow('too old resource version: 1 (2)');
  });

  it('pages in key order at one revision', async () => {
    const store = await createStore(createMemoryLog());
    await store.commit(['c', 'a', 'b', 'd'].map((name) => put(name)));
    const first = store.range(PODS, { limit: 2 });
    expect(first).toMatchObject({ next: `${PODS}default/c`, remaining: 2 });
    await store.commit([{ type: 'delete', key: `${PODS}default/d` }]);
    const second = store.range(PODS, { limit: 2, from: first.next, revision: first.revision });
    expect(second.entries.map(({ value }) => value.metadata?.name)).toEqual(['c', 'd']);
  });

  it('resumes a watch between any two revisions and delivers a commit as one batch', async () => {
    const store = await createStore(createMemoryLog());
    await store.commit([put('a'), put('b')]);
    const batches: string[][] = [];
    const cancel = store.subscribe(PODS, 1, {
      events: (batch) => batches.push(batch.map(({ type, key, revision }) => `${type} ${key.slice(-1)} ${revision}`)),
    });
    await store.commit([put('c'), { type: 'delete', key: `${PODS}default/a` }]);
    cancel();
    await store.commit([put('d')]);
    expect(batches).toEqual([['put b 2'], ['put c 3', 'delete a 4']]);
  });

  it('cuts a watcher that never reads, and only that one', async () => {
    const store = await createStore(createMemoryLog());
    const slow = store.watch(PODS, 0);
    let seen = 0;
    store.subscribe(PODS, 0, {
      events: (batch) => {
        seen += batch.length;
      },
    });
    const total = BACKLOG_EVENTS_MAX + 1;
    await store.commit(Array.from({ length: total }, (_, index) => put(`p${index}`)));
    await expect(slow[Symbol.asyncIterator]().next()).rejects.toMatchObject({ status: { code: 410 } });
    expect(seen).toBe(total);
  });

  it('acknowledges nothing that the log did not take, and recovers by itself', async () => {
    const log = createMemoryLog();
    const store = await createStore(log);
    await store.commit([put('a')]);
    log.failWith(new Error('no space left on device'));
    const failures = await Promise.allSettled([store.commit([put('b')]), store.commit([put('c')])]);
    expect(failures.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(names(store)).toEqual(['a']);
    log.failWith(undefined);
    expect(await store.commit([put('d')])).toMatchObject({ ok: true, revision: 2 });
    expect(names(await createStore(log))).toEqual(['a', 'd']);
  });

  it('tells when what is on its way can be read, or never will', async () => {
    const log = createMemoryLog();
    const store = await createStore(log);
    const first = store.commit([put('a')]);
    const refused = await store.commit([put('a', 0)]);
    expect(refused).toMatchObject({ ok: false, present: { modRevision: 1 } });
    await store.seen(1);
    expect(names(store)).toEqual(['a']);
    await first;
    log.failWith(new Error('no space left on device'));
    const failing = store.commit([put('b')]).catch(() => 'failed');
    await store.seen(2);
    expect([await failing, names(store)]).toEqual(['failed', ['a']]);
    await store.seen(99); // nobody has numbered that
  });

  it('keeps the record of the very commit after which a snapshot is made', async () => {
    const log = createMemoryLog();
    const store = await createStore(log, { snapshotBatches: 2 });
    await store.commit([put('a')], { record: { type: 'round', round: 1 } });
    await store.commit([put('b')], { record: { type: 'round', round: 2 } });
    await store.close();
    expect((await createStore(log)).lastRecord('round')).toEqual({ revision: 2, record: { type: 'round', round: 2 } });
  });

  it('gives the same answers after a restart and a snapshot, on disk', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'reflet-store-'));
    const store = await createStore(await openFileLog(directory), { snapshotBatches: 3 });
    for (let round = 0; round < 10; round++)
      await store.commit([put(`p${round % 4}`, undefined, { round })], { record: { type: 'round', round } });
    const before = store.range(PODS);
    await store.close();
    const again = await createStore(await openFileLog(directory));
    expect(
      again
        .range(PODS)
        .entries.map(({ value, modRevision, createRevision }) => ({ value, modRevision, createRevision })),
    ).toEqual(before.entries.map(({ value, modRevision, createRevision }) => ({ value, modRevision, createRevision })));
    expect(again.lastRecord('round')).toEqual({ revision: 10, record: { type: 'round', round: 9 } });
    expect(await again.commit([put('next')])).toMatchObject({ revision: 11 });
    await again.close();
    await rm(directory, { recursive: true });
  });
});

/** The specification in a dozen lines: a map and a list of states. */
class Model {
  revision = 0;
  states: Map<string, number>[] = [new Map()];
  commit(operations: { type: 'put' | 'delete'; key: string; expect?: number }[]): boolean {
    const present = this.states.at(-1)!;
    const met = operations.every(
      ({ type, key, expect }) =>
        (expect === undefined || expect === (present.get(key) ?? 0)) && (type === 'put' || present.has(key)),
    );
    if (!met) return false;
    for (const { type, key } of operations) {
      this.revision++;
      const next = new Map(this.states.at(-1));
      if (type === 'put') next.set(key, this.revision);
      else next.delete(key);
      this.states.push(next);
    }
    return true;
  }
}

const operation = fc.record({
  type: fc.constantFrom('put' as const, 'delete' as const),
  key: fc.constantFrom('a', 'b', 'c', 'd'),
  expect: fc.option(fc.nat(12), { nil: undefined }),
});
const commits = fc.array(fc.uniqueArray(operation, { selector: ({ key }) => key, minLength: 1, maxLength: 3 }), {
  maxLength: 20,
});

describe('store against the model', () => {
  it('answers every commit, every past read and every watch as the model does', async () => {
    await fc.assert(
      fc.asyncProperty(commits, async (plan) => {
        const model = new Model();
        const store = await createStore(createMemoryLog());
        const events: number[] = [];
        store.subscribe(PODS, 0, { events: (batch) => events.push(...batch.map(({ revision }) => revision)) });
        for (const operations of plan) {
          const real = operations.map(
            ({ type, key, expect }): Operation =>
              type === 'put' ? put(key, expect) : { type, key: `${PODS}default/${key}`, expect },
          );
          expect((await store.commit(real)).ok).toBe(model.commit(operations));
        }
        expect(store.revision).toBe(model.revision);
        expect(events).toEqual(Array.from({ length: model.revision }, (_, index) => index + 1));
        for (const [revision, state] of model.states.entries()) {
          const read = store
            .range(PODS, { revision })
            .entries.map(({ key, modRevision }) => [key.slice(-1), modRevision]);
          expect(read).toEqual([...state].sort());
        }
      }),
      { numRuns: 200, seed: 1 },
    );
  });
});

/**
 * Random commits, reads and watches by several clients at once, on a disk that fails and loses power at any moment: the history must be one that the
 * specification allows. A failure prints its seed; `SEED` below replays it.
 */

import { expect, test } from 'vitest';
import type { Random } from '../../daemon/base/clock.ts';
import { nextTurn } from '../../daemon/base/turn.ts';
import { createStore } from '../../daemon/store/create-store.ts';
import type { Operation, Store, StoreEvent } from '../../daemon/store/store.ts';
import { seededRandom } from '../support/sim-clock.ts';
import { FaultyDisk } from './faulty-log.ts';
import { type CommitCall, type History, judgeHistory, type PlannedOperation, type WatchCall } from './history.ts';

const PREFIX = '/registry/core/pods/default/';
const KEYS = ['a', 'b', 'c', 'd', 'e'];
const SEEDS = 60;
const STEPS = 250;

class Run {
  readonly #disk = new FaultyDisk();
  readonly history: History = { commits: [], reads: [], watches: [], durable: this.#disk.durable };
  readonly #random: Random;
  readonly #underWay = new Set<CommitCall>();
  #store!: Store;
  #life = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  #below(count: number): number {
    return Math.floor(this.#random.next() * count);
  }

  async open(): Promise<void> {
    this.#life++;
    this.#underWay.clear();
    this.#store = await createStore(this.#disk.open(), { snapshotBatches: 4 + this.#below(8) });
    // Every watcher comes back where it was; one that is too late begins anew with a list.
    for (const watch of this.history.watches.splice(0)) this.#resume(watch);
  }

  #resume(watch: WatchCall): void {
    const life = this.#life;
    const after = watch.batches.at(-1)?.at(-1)?.revision ?? watch.from;
    const events = (batch: readonly StoreEvent[]) => {
      if (life === this.#life) watch.batches.push(batch);
    };
    try {
      this.#store.subscribe(PREFIX, after, { events });
      this.history.watches.push(watch);
    } catch (error) {
      expect(error).toMatchObject({ code: 410 });
      expect(after).toBeLessThan(this.#store.compactedRevision);
      this.#watchNow();
    }
  }

  #watchNow(): void {
    const watch: WatchCall = { from: this.#read(), batches: [] };
    this.#resume(watch);
  }

  /** Reads everything; returns the revision that was read. */
  #read(revision?: number): number {
    try {
      const page = this.#store.range(PREFIX, revision === undefined ? {} : { revision });
      const state = new Map(page.entries.map(({ key, modRevision }) => [key, modRevision]));
      this.history.reads.push({ revision: page.revision, calledAt: this.#store.revision, state });
      return page.revision;
    } catch (error) {
      expect(error).toMatchObject({ code: 410 });
      expect(revision).toBeLessThanOrEqual(this.#store.compactedRevision);
      return this.#store.revision;
    }
  }

  #commit(): void {
    const keys = KEYS.filter(() => this.#random.next() < 0.3);
    const operations = (keys.length > 0 ? keys : ['a']).map((name): PlannedOperation => {
      const key = `${PREFIX}${name}`;
      const present = this.#store.get(key)?.modRevision ?? 0;
      const expect = [undefined, undefined, 0, present, present, this.#below(this.#store.revision + 1)][this.#below(6)];
      return { type: this.#random.next() < 0.3 ? 'delete' : 'put', key, expect };
    });
    const contended = new Set([...this.#underWay].flatMap((one) => one.operations.map(({ key }) => key)));
    const call: CommitCall = { operations, calledAt: this.#store.revision, contended, answer: 'unknown' };
    this.history.commits.push(call);
    this.#underWay.add(call);
    const life = this.#life;
    const store = this.#store;
    const real = operations.map(
      ({ type, key, expect }): Operation =>
        type === 'put' ? { type, key, expect, value: { kind: 'Pod', metadata: { name: key } } } : { type, key, expect },
    );
    store.commit(real).then(
      (result) => {
        if (life !== this.#life) return;
        this.#underWay.delete(call);
        call.answeredAt = store.revision;
        call.answer = result.ok ? { ok: true, revision: result.revision } : { ok: false };
      },
      () => {
        if (life !== this.#life) return;
        this.#underWay.delete(call);
        call.answer = 'rejected';
      },
    );
  }

  async step(): Promise<void> {
    const dice = this.#random.next();
    if (dice < 0.4) this.#commit();
    else if (dice < 0.7) await this.#disk.release();
    else if (dice < 0.75) this.#disk.fail();
    else if (dice < 0.78) {
      this.#life++;
      await this.#disk.crash(this.#below(this.#disk.waiting + 1));
      await this.open();
    } else if (dice < 0.82) void this.#store.compact(this.#below(this.#store.revision + 1)).catch(() => {});
    else if (dice < 0.95) this.#read(this.#random.next() < 0.5 ? undefined : this.#below(this.#store.revision + 1));
    else this.#watchNow();
    if (this.#random.next() < 0.5) await nextTurn();
  }

  async settle(): Promise<void> {
    while (this.#disk.waiting > 0) {
      await this.#disk.release();
      await nextTurn();
    }
    await nextTurn();
  }
}

test('any history of a store whose disk fails and loses power is one that the specification allows', async () => {
  const seen = { acknowledged: 0, refused: 0, rejected: 0, unknown: 0, watched: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const run = new Run(seed);
    await run.open();
    for (let step = 0; step < STEPS; step++) await run.step();
    await run.settle();
    expect({ seed, problems: judgeHistory(run.history) }).toEqual({ seed, problems: [] });
    for (const { answer } of run.history.commits) {
      if (typeof answer === 'string') seen[answer]++;
      else seen[answer.ok ? 'acknowledged' : 'refused']++;
    }
    seen.watched += run.history.watches.reduce((sum, { batches }) => sum + batches.length, 0);
  }
  // All of it did happen.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(100);
});

test('the specification notices what a store may not do', async () => {
  const run = new Run(7);
  await run.open();
  for (let step = 0; step < STEPS; step++) await run.step();
  await run.settle();
  const { history } = run;
  const lost = copyOf(history);
  const acknowledged = lost.commits.find(({ answer }) => typeof answer === 'object' && answer.ok)!;
  acknowledged.answer = { ok: true, revision: 1_000_000 };
  expect(judgeHistory(lost)).not.toEqual([]);
  const torn = copyOf(history);
  const durable = [...torn.durable];
  const whole = durable.findIndex((batch) => batch.length > 1);
  durable.splice(whole, 1, durable[whole]!.slice(0, 1), durable[whole]!.slice(1));
  torn.durable = durable;
  expect(judgeHistory(torn)).not.toEqual([]);
  const skipped = copyOf(history);
  skipped.watches.find(({ batches }) => batches.length > 2)!.batches.splice(1, 1);
  expect(judgeHistory(skipped)).not.toEqual([]);
});

function copyOf({ commits, reads, watches, durable }: History): History {
  return {
    commits: commits.map((call) => ({ ...call })),
    reads: [...reads],
    watches: watches.map(({ from, batches }) => ({ from, batches: [...batches] })),
    durable: [...durable],
  };
}

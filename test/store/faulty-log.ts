/**
 * A log whose every append waits for the test: to become durable, to fail, or to be cut off by a crash, before or after it became durable. What a
 * store that crashed still does to it is lost.
 */

import type { Batch, Log } from '../../daemon/store/log.ts';
import { createMemoryLog } from '../../daemon/store/memory-log.ts';

interface Append {
  batch: Batch;
  sequence: number;
  resolve(): void;
  reject(error: Error): void;
}

export class FaultyDisk {
  /** Every batch that became durable, in order, whatever snapshots have replaced since. */
  readonly durable: Batch['operations'][] = [];
  readonly #memory = createMemoryLog();
  #waiting: Append[] = [];
  #life = 0;

  /** The log as the next store sees it. */
  open(): Log {
    const life = this.#life;
    const never = new Promise<never>(() => {});
    return {
      append: (batch, sequence) => {
        if (life !== this.#life) return never;
        return new Promise((resolve, reject) => this.#waiting.push({ batch, sequence, resolve, reject }));
      },
      read: () => this.#memory.read(),
      snapshot: (snapshot) => (life === this.#life ? this.#memory.snapshot(snapshot) : never),
      async close() {},
    };
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** The oldest append becomes durable. */
  async release(): Promise<void> {
    const append = this.#waiting.shift();
    if (!append) return;
    await this.#append(append).then(append.resolve, append.reject);
  }

  fail(): void {
    this.#waiting.shift()?.reject(new Error('no space left on device'));
  }

  /** Nobody hears of what was on its way; the first `durable` of them are on the disk all the same. */
  async crash(durable: number): Promise<void> {
    this.#life++;
    const waiting = this.#waiting;
    this.#waiting = [];
    // One that does not follow (an earlier one failed) would not have been taken.
    for (const append of waiting.slice(0, durable)) await this.#append(append).catch(() => {});
  }

  async #append({ batch, sequence }: Append): Promise<void> {
    await this.#memory.append(batch, sequence);
    this.durable.push(batch.operations);
  }
}

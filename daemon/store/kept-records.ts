/**
 * What records say to keep (`JsonRecord.keep`), by purpose and in order, until somebody has it safe elsewhere.
 *
 * Invariant: what was added and not released is in every snapshot and, before that, in the log: a crash loses none of it.
 */

import { firstIndex } from '../base/binary-search.ts';
import type { JsonRecord, Kept } from './store.ts';

export class KeptRecords {
  readonly #byPurpose = new Map<string, Kept[]>();

  add({ keep: all = {} }: JsonRecord, sequence: number, revision: number): void {
    for (const [purpose, keep] of Object.entries(all)) {
      const list = this.#byPurpose.get(purpose);
      if (list) list.push({ sequence, revision, keep });
      else this.#byPurpose.set(purpose, [{ sequence, revision, keep }]);
    }
  }

  after(purpose: string, sequence: number): readonly Kept[] {
    const list = this.#byPurpose.get(purpose) ?? [];
    return list.slice(indexAfter(list, sequence));
  }

  release(purpose: string, sequence: number): void {
    const list = this.#byPurpose.get(purpose);
    list?.splice(0, indexAfter(list, sequence));
  }

  all(): (readonly [string, readonly Kept[]])[] {
    return [...this.#byPurpose].map(([purpose, list]) => [purpose, [...list]] as const);
  }

  load(kept: readonly (readonly [string, readonly Kept[]])[] = []): void {
    for (const [purpose, list] of kept) this.#byPurpose.set(purpose, [...list]);
  }
}

const indexAfter = (list: readonly Kept[], sequence: number) =>
  firstIndex(list.length, (index) => list[index]!.sequence > sequence);

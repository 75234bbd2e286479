/**
 * What records say to keep (`JsonRecord.keep`), by type and in order, until somebody has it safe elsewhere.
 *
 * Invariant: what was added and not released is in every snapshot and, before that, in the log: a crash loses none of it.
 */

import { firstIndex } from '../base/binary-search.ts';
import type { JsonRecord, Kept } from './store.ts';

export class KeptRecords {
  readonly #byType = new Map<string, Kept[]>();

  add({ type, keep }: JsonRecord, sequence: number, revision: number): void {
    if (keep === undefined) return;
    const list = this.#byType.get(type);
    if (list) list.push({ sequence, revision, keep });
    else this.#byType.set(type, [{ sequence, revision, keep }]);
  }

  after(type: string, sequence: number): readonly Kept[] {
    const list = this.#byType.get(type) ?? [];
    return list.slice(indexAfter(list, sequence));
  }

  release(type: string, sequence: number): void {
    const list = this.#byType.get(type);
    list?.splice(0, indexAfter(list, sequence));
  }

  all(): (readonly [string, readonly Kept[]])[] {
    return [...this.#byType].map(([type, list]) => [type, [...list]] as const);
  }

  load(kept: readonly (readonly [string, readonly Kept[]])[] = []): void {
    for (const [type, list] of kept) this.#byType.set(type, [...list]);
  }
}

const indexAfter = (list: readonly Kept[], sequence: number) =>
  firstIndex(list.length, (index) => list[index]!.sequence > sequence);

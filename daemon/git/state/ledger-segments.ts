/**
 * The ledger as it is kept in the repository: in files of so many entries each, so that a publication costs one small file. Entries are those of the
 * ledger's own file. Which entries a file holds follows from the ledger alone.
 */

import { encodeEntry } from '../ledger/entry.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { STATE_LEDGER_SEGMENT_ENTRIES, STATE_LEDGER_SEGMENT_REVISIONS, STATE_LEDGER_SEGMENTS_MAX } from './limits.ts';

export class LedgerSegments {
  readonly #ledger: Ledger;
  /** Entries that are in the files already, and the first of the ledger then: it moves when the oldest are dropped. */
  #written = 0;
  #first: string | undefined;
  /** Index of each file's first entry. */
  #starts: number[] = [];
  /** Entries and revisions of the newest file. */
  #newest = { entries: 0, revisions: 0 };
  #divided = 0;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Files that are new or have grown since the last call, and the paths that are to be kept. */
  async take(): Promise<{ files: Map<string, Buffer>; paths: Set<string> }> {
    const { length } = this.#ledger;
    const first = this.#ledger.at(0)?.commit;
    if (first !== this.#first) {
      this.#written = 0;
      this.#divided = 0;
      this.#starts = [];
    }
    this.#first = first;
    this.#divide(length);
    const oldest = Math.max(0, this.#starts.length - STATE_LEDGER_SEGMENTS_MAX);
    const files = new Map<string, Buffer>();
    const paths = new Set<string>();
    for (let segment = oldest; segment < this.#starts.length; segment++) {
      const path = `ledger/${String(segment).padStart(6, '0')}.jsonl`;
      paths.add(path);
      const end = this.#starts[segment + 1] ?? length;
      if (end > this.#written) files.set(path, await this.#encode(this.#starts[segment]!, end));
    }
    this.#written = length;
    return { files, paths };
  }

  /** Entries up to `length` into files: a full one is not added to. */
  #divide(length: number): void {
    for (; this.#divided < length; this.#divided++) {
      const { entries, revisions } = this.#newest;
      const isFull = entries >= STATE_LEDGER_SEGMENT_ENTRIES || revisions >= STATE_LEDGER_SEGMENT_REVISIONS;
      if (isFull || this.#divided === 0) {
        this.#starts.push(this.#divided);
        this.#newest = { entries: 0, revisions: 0 };
      }
      const { firstRevision, lastRevision } = this.#ledger.at(this.#divided)!;
      this.#newest.entries++;
      this.#newest.revisions += lastRevision - firstRevision + 1;
    }
  }

  async #encode(from: number, to: number): Promise<Buffer> {
    const lines: Buffer[] = [];
    for (let index = from; index < to; index++) {
      const entry = await this.#ledger.read(this.#ledger.at(index)!);
      lines.push(encodeEntry({ sequence: 0, more: 0, entry }));
    }
    return Buffer.concat(lines);
  }
}

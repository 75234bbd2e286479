/**
 * The ledger as it is kept in the repository: files of so many entries each, so that a publication costs one small file. Entries are those of the
 * ledger's own file.
 */

import { encodeEntry } from '../ledger/entry.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { STATE_LEDGER_SEGMENT_ENTRIES, STATE_LEDGER_SEGMENTS_MAX } from './limits.ts';

export class LedgerSegments {
  readonly #ledger: Ledger;
  /** Entries that are in the files already, and the first of the ledger then: it moves when the oldest are dropped. */
  #written = 0;
  #first: string | undefined;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Files that are new or have grown since the last call, and the paths that are to be kept. */
  async take(): Promise<{ files: Map<string, Buffer>; paths: Set<string> }> {
    const { length } = this.#ledger;
    const first = this.#ledger.at(0)?.commit;
    if (first !== this.#first) this.#written = 0;
    this.#first = first;
    const last = Math.ceil(length / STATE_LEDGER_SEGMENT_ENTRIES);
    const oldest = Math.max(0, last - STATE_LEDGER_SEGMENTS_MAX);
    const files = new Map<string, Buffer>();
    const paths = new Set<string>();
    for (let segment = oldest; segment < last; segment++) {
      const path = `ledger/${String(segment).padStart(6, '0')}.jsonl`;
      paths.add(path);
      const end = Math.min(length, (segment + 1) * STATE_LEDGER_SEGMENT_ENTRIES);
      if (end > this.#written) files.set(path, await this.#encode(segment * STATE_LEDGER_SEGMENT_ENTRIES, end));
    }
    this.#written = length;
    return { files, paths };
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

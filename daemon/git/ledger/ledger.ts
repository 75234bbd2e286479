/**
 * The ledger: which commit came into force when, with which revisions, by whom, and the uids of what it created. One entry a published commit,
 * append-only, in order.
 *
 * Invariants: an entry is durable with its publication (its store record says to keep it) and stays in the store until the ledger's own file has it;
 * the order of entries is that of revisions. In memory is a range an entry; the rest is read from the file.
 */

import { join } from 'node:path';
import { firstIndex } from '../../base/binary-search.ts';
import type { Logger } from '../../base/log.ts';
import type { Store } from '../../store/store.ts';
import { LEDGER_ENTRIES_MAX } from '../limits.ts';
import { PUBLICATION } from '../publish.ts';
import { entriesOf, type LedgerEntry, type LedgerRange, type NumberedEntry } from './entry.ts';
import { type LedgerFile, openLedgerFile, type Place } from './ledger-file.ts';

export type { LedgerEntry, LedgerRange } from './entry.ts';

export interface Ledger {
  /** How many entries there are; of more than {@link LEDGER_ENTRIES_MAX} the oldest half is forgotten. */
  readonly length: number;
  readonly newest: LedgerRange | undefined;
  /** The newest time that this commit came into force. The full id. */
  byCommit(commit: string): LedgerRange | undefined;
  /** What was in force with this revision: the newest entry that was complete. Undefined: before all that is known. */
  atRevision(revision: number): LedgerRange | undefined;
  /** The entry in the middle of whose revisions this one is: the state then is half a commit. */
  inside(revision: number): LedgerRange | undefined;
  /** What was in force at this time (milliseconds since the epoch). */
  atTime(timeMs: number): LedgerRange | undefined;
  /** By its place in the order, the oldest that is known being 0. */
  at(index: number): LedgerRange | undefined;
  /** All of one entry. */
  read(range: LedgerRange): Promise<LedgerEntry>;
  /** All entries, newest first; those that come meanwhile are not among them. */
  entries(): AsyncIterable<LedgerEntry>;
  /** Writes what is new to the file; resolves when it is there. A failure is logged, and tried again with the next. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface LedgerOptions {
  store: Store;
  directory: string;
  log: Logger;
  /** Default {@link LEDGER_ENTRIES_MAX}. */
  entriesMax?: number;
}

export async function openLedger({ store, directory, log, entriesMax }: LedgerOptions): Promise<Ledger> {
  const file = await openLedgerFile(join(directory, 'ledger.jsonl'));
  if (file.damagedLines > 0)
    log.warn({ directory, lines: file.damagedLines }, 'damaged lines of the ledger were left out');
  const ledger = new FileLedger(store, file, log, entriesMax ?? LEDGER_ENTRIES_MAX);
  ledger.collect();
  await ledger.flush();
  return ledger;
}

/** A range and its full entry: where it lies in the file, or itself while it is not there yet. */
interface Row extends LedgerRange {
  at: Place | NumberedEntry;
}

class FileLedger implements Ledger {
  readonly #store: Store;
  readonly #file: LedgerFile;
  readonly #log: Logger;
  readonly #entriesMax: number;
  #rows: Row[] = [];
  readonly #byCommit = new Map<string, Row>();
  /** Of the store; what it keeps after this is not in `#rows` yet. */
  #sequence = 0;
  #flushing: Promise<void> | undefined;

  constructor(store: Store, file: LedgerFile, log: Logger, entriesMax: number) {
    this.#store = store;
    this.#entriesMax = entriesMax;
    this.#file = file;
    this.#log = log;
    for (const { range, offset, bytes } of file.takeRanges()) this.#add({ ...range, at: { offset, bytes } });
    // What the store still keeps may be in the file already. A rebuilt store counts its sequence anew, but its revisions go on.
    const revision = this.#rows.at(-1)?.lastRevision ?? 0;
    for (const kept of store.kept(PUBLICATION, 0)) {
      if (kept.sequence <= file.sequence && kept.revision <= revision) this.#sequence = kept.sequence;
    }
  }

  /** Takes what the store has and this has not. Called before every answer, so that an answer is never behind the store. */
  collect(): void {
    for (const kept of this.#store.kept(PUBLICATION, this.#sequence)) {
      for (const numbered of entriesOf(kept)) this.#add(rowOf(numbered, this.#rows.at(-1)));
      this.#sequence = kept.sequence;
    }
  }

  #add(row: Row): void {
    this.#rows.push(row);
    this.#byCommit.set(row.commit, row);
  }

  get length(): number {
    this.collect();
    return this.#rows.length;
  }

  get newest(): LedgerRange | undefined {
    this.collect();
    return this.#rows.at(-1);
  }

  at(index: number): LedgerRange | undefined {
    this.collect();
    return this.#rows[index];
  }

  byCommit(commit: string): LedgerRange | undefined {
    this.collect();
    return this.#byCommit.get(commit);
  }

  atRevision(revision: number): LedgerRange | undefined {
    this.collect();
    return this.#last(({ lastRevision }) => lastRevision <= revision);
  }

  inside(revision: number): LedgerRange | undefined {
    this.collect();
    const row = this.#rows[firstIndex(this.#rows.length, (index) => this.#rows[index]!.lastRevision > revision)];
    return row && row.firstRevision <= revision ? row : undefined;
  }

  atTime(timeMs: number): LedgerRange | undefined {
    this.collect();
    return this.#last((row) => row.timeMs <= timeMs);
  }

  /** The last row for which `holds`, which holds for all before it. */
  #last(holds: (row: Row) => boolean): Row | undefined {
    return this.#rows[firstIndex(this.#rows.length, (index) => !holds(this.#rows[index]!)) - 1];
  }

  async read(range: LedgerRange): Promise<LedgerEntry> {
    const { at } = range as Row;
    return 'entry' in at ? at.entry : this.#file.read(at.offset, at.bytes);
  }

  async *entries(): AsyncIterable<LedgerEntry> {
    this.collect();
    const rows = this.#rows;
    for (let index = rows.length - 1; index >= 0; index--) yield await this.read(rows[index]!);
  }

  flush(): Promise<void> {
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  async #flush(): Promise<void> {
    this.collect();
    try {
      for (let rows = this.#unwritten(); rows.length > 0; rows = this.#unwritten()) await this.#write(rows);
      if (this.#rows.length > this.#entriesMax) await this.#forgetOldest();
    } catch (error) {
      this.#log.warn({ error: String(error) }, 'the ledger could not be written; the store keeps it meanwhile');
    }
  }

  #unwritten(): Row[] {
    this.collect();
    let from = this.#rows.length;
    while (from > 0 && 'entry' in this.#rows[from - 1]!.at) from--;
    return this.#rows.slice(from);
  }

  async #write(rows: readonly Row[]): Promise<void> {
    const numbered = rows.map(({ at }) => at as NumberedEntry);
    const places = await this.#file.append(numbered);
    for (const [index, row] of rows.entries()) row.at = places[index]!;
    this.#store.release(PUBLICATION, numbered.at(-1)!.sequence);
  }

  async #forgetOldest(): Promise<void> {
    const forgotten = this.#rows.slice(0, this.#rows.length >> 1);
    this.#rows = this.#rows.slice(forgotten.length);
    for (const row of forgotten) if (this.#byCommit.get(row.commit) === row) this.#byCommit.delete(row.commit);
    await this.#file.dropBefore((this.#rows[0]!.at as Place).offset);
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#file.close();
  }
}

/** A clock that was set back must not disorder the times. */
function rowOf(numbered: NumberedEntry, before: Row | undefined): Row {
  const timeMs = Math.max(numbered.entry.timeMs, before?.timeMs ?? 0);
  const entry = { ...numbered.entry, timeMs };
  const { commit, parent, firstRevision, lastRevision } = entry;
  return { commit, parent, firstRevision, lastRevision, timeMs, at: { ...numbered, entry } };
}

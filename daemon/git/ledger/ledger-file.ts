/**
 * The ledger's file: one JSON line an entry, appended and synced. Read once at the start, then by place.
 *
 * Invariants: a line, or the lines of one store commit, cut off by a crash are removed at the next start (the store still keeps them); a damaged
 * line is left out and counted. Places stay valid when the oldest entries are dropped.
 */

import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { decodeEntry, encodeEntry, type LedgerEntry, type LedgerRange, type NumberedEntry } from './entry.ts';

export interface Place {
  /** Counted from the beginning of what the file held when it was opened. */
  offset: number;
  bytes: number;
}

/** Read at a time. */
const CHUNK_BYTES = 1024 * 1024;

export async function openLedgerFile(path: string): Promise<LedgerFile> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = new LedgerFile(path, await open(path, 'a+', 0o600));
  await file.load();
  return file;
}

export class LedgerFile {
  readonly #path: string;
  #handle: FileHandle;
  #bytes = 0;
  /** Bytes of dropped entries: how far places are ahead of the file's own offsets. */
  #dropped = 0;
  /** Where the lines of the newest whole store commit end. */
  #wholeBytes = 0;
  #ranges: (Place & { range: LedgerRange })[] = [];
  /** Of the newest entry. */
  sequence = 0;
  damagedLines = 0;

  constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  async load(): Promise<void> {
    let rest: Buffer = Buffer.alloc(0);
    const { size } = await this.#handle.stat();
    for (let at = 0; at < size; ) {
      const { buffer, bytesRead } = await this.#handle.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, at);
      if (bytesRead === 0) break;
      at += bytesRead;
      rest = this.#takeLines(Buffer.concat([rest, buffer.subarray(0, bytesRead)]));
    }
    if (size > this.#wholeBytes) await this.#handle.truncate(this.#wholeBytes);
    this.#bytes = this.#wholeBytes;
    while ((this.#ranges.at(-1)?.offset ?? -1) >= this.#bytes) this.#ranges.pop();
  }

  /** Returns what is behind the last whole line. */
  #takeLines(bytes: Buffer): Buffer {
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      this.#takeLine(bytes.toString('utf8', from, end), end + 1 - from);
      from = end + 1;
    }
    return Buffer.from(bytes.subarray(from));
  }

  #takeLine(line: string, bytes: number): void {
    const offset = this.#bytes;
    this.#bytes += bytes;
    const decoded = decodeEntry(line);
    if (!decoded) {
      this.damagedLines++;
      return;
    }
    if (decoded.more === 0) {
      this.sequence = decoded.sequence;
      this.#wholeBytes = this.#bytes;
    }
    const { commit, parent, firstRevision, lastRevision, timeMs } = decoded.entry;
    this.#ranges.push({ range: { commit, parent, firstRevision, lastRevision, timeMs }, offset, bytes });
  }

  /** What was read at the start; once. */
  takeRanges(): (Place & { range: LedgerRange })[] {
    return this.#ranges.splice(0);
  }

  /** Durable when it resolves. What a failed append left is cut off before the next. */
  async append(entries: readonly NumberedEntry[]): Promise<Place[]> {
    if ((await this.#handle.stat()).size > this.#bytes) await this.#handle.truncate(this.#bytes);
    const first = this.#dropped + this.#bytes;
    const lines = entries.map(encodeEntry);
    await this.#handle.appendFile(Buffer.concat(lines));
    await this.#handle.datasync();
    this.#bytes += lines.reduce((sum, { length }) => sum + length, 0);
    let offset = first;
    return lines.map(({ length }) => {
      offset += length;
      return { offset: offset - length, bytes: length };
    });
  }

  async read(offset: number, bytes: number): Promise<LedgerEntry> {
    if (offset < this.#dropped) throw new Error(`${this.#path}: the entry has been dropped: it was too old`);
    const { buffer } = await this.#handle.read(Buffer.alloc(bytes), 0, bytes, offset - this.#dropped);
    const decoded = decodeEntry(buffer.toString('utf8'));
    if (!decoded) throw new Error(`${this.#path}: the entry at byte ${offset} is damaged`);
    return decoded.entry;
  }

  /** Forgets everything before this place: a copy of the rest takes the file's place. */
  async dropBefore(offset: number): Promise<void> {
    const copy = await open(`${this.#path}.tmp`, 'w', 0o600);
    try {
      for (let at = offset - this.#dropped; at < this.#bytes; at += CHUNK_BYTES) {
        const { buffer, bytesRead } = await this.#handle.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, at);
        await copy.write(buffer, 0, Math.min(bytesRead, this.#bytes - at));
      }
      await copy.sync();
    } finally {
      await copy.close();
    }
    await rename(`${this.#path}.tmp`, this.#path);
    const old = this.#handle;
    this.#handle = await open(this.#path, 'a+', 0o600);
    this.#bytes -= offset - this.#dropped;
    this.#dropped = offset;
    await old.close();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

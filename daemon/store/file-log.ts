/**
 * The embedded, durable log: segments `log-<first sequence>` and at most one `snapshot-<sequence>`, in one directory.
 *
 * Invariants: an append resolves only when its bytes are on the disk (the file is opened O_DSYNC, so the write itself is the sync; calls that
 * arrive during a write share the next one: group commit). A failed write is cut off again before anything else is written. A snapshot is a
 * temporary file, synced, then renamed; segments it covers are removed afterwards. I/O runs on libuv's threads, never on the event loop.
 */

import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeBatch, decodeEntries, decodeFrame, encodeBatch, encodeEntries, encodeFrame } from './frame.ts';
import type { Batch, Log, Snapshot, SnapshotEntry } from './log.ts';

/** Entries a snapshot frame: about a megabyte, so that the event loop is never held for long. */
const SNAPSHOT_FRAME_ENTRIES = 256;
/** Batches one write may carry; bounds the memory of a gathered write. */
const GROUP_BATCHES_MAX = 1024;

interface Pending {
  sequence: number;
  parts: Uint8Array[];
  resolve(): void;
  reject(error: unknown): void;
}

const fileName = (kind: 'log' | 'snapshot', sequence: number) => `${kind}-${String(sequence).padStart(16, '0')}`;
const sequenceOf = (name: string) => Number(name.slice(name.indexOf('-') + 1));

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** How segments are opened; a test gives files of a failing disk. */
export type OpenSegment = (path: string, flags: number, mode: number) => Promise<FileHandle>;

/** Opens (and creates) the log in `directory`. Only one process may hold it; the caller sees to that. */
export async function openFileLog(directory: string, openSegment: OpenSegment = open): Promise<Log> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return new FileLog(directory, openSegment);
}

class FileLog implements Log {
  readonly #directory: string;
  readonly #open: OpenSegment;
  #segment: FileHandle | undefined;
  #offset = 0;
  #durable = 0;
  #queued = 0;
  #queue: Pending[] = [];
  #writing: Promise<void> | undefined;
  #damaged: unknown;
  #rotate = false;

  constructor(directory: string, openSegment: OpenSegment) {
    this.#directory = directory;
    this.#open = openSegment;
  }

  async *read(): AsyncIterable<{ snapshot: Snapshot } | { sequence: number; batch: Batch }> {
    const names = (await readdir(this.#directory)).sort();
    for (const name of names.filter((one) => one.endsWith('.tmp'))) await rm(join(this.#directory, name));
    const newest = names.filter((one) => /^snapshot-\d+$/.test(one)).at(-1);
    if (newest) {
      const snapshot = await this.#readSnapshot(newest);
      this.#durable = snapshot.sequence;
      yield { snapshot };
    }
    const segments = names.filter((one) => /^log-\d+$/.test(one));
    for (const [index, name] of segments.entries()) {
      yield* this.#readSegment(name, index === segments.length - 1);
    }
    this.#queued = this.#durable;
  }

  async #readSnapshot(name: string): Promise<Snapshot> {
    const file = await readFile(join(this.#directory, name));
    const head = decodeFrame(file, 0);
    if (!head)
      throw new Error(`store: ${join(this.#directory, name)} is damaged at byte 0: restore the directory from a copy`);
    const entries: SnapshotEntry[] = [];
    let at = head.end;
    while (at < file.length) {
      const frame = decodeFrame(file, at);
      if (!frame)
        throw new Error(
          `store: ${join(this.#directory, name)} is damaged at byte ${at}: restore the directory from a copy`,
        );
      for (const entry of decodeEntries(frame)) entries.push(entry);
      at = frame.end;
    }
    return { ...(head.header as Omit<Snapshot, 'entries'>), entries };
  }

  async *#readSegment(name: string, last: boolean): AsyncIterable<{ sequence: number; batch: Batch }> {
    const path = join(this.#directory, name);
    const file = await readFile(path);
    let at = 0;
    while (at < file.length) {
      const frame = decodeFrame(file, at);
      if (!frame) break;
      const read = decodeBatch(frame);
      at = frame.end;
      if (read.sequence <= this.#durable) continue; // covered by the snapshot: its removal was interrupted
      if (read.sequence !== this.#durable + 1) {
        throw new Error(`store: ${path} goes from batch ${this.#durable} to ${read.sequence}: a segment is missing`);
      }
      this.#durable = read.sequence;
      yield read;
    }
    if (at < file.length) await this.#cutTornTail(path, file, at, last);
  }

  /** A tail that was being written when the power went was never acknowledged; anything else is damage, and said so. */
  async #cutTornTail(path: string, file: Buffer, at: number, last: boolean): Promise<void> {
    const length = at + 8 <= file.length ? file.readUInt32LE(at) : 0;
    const intactBehind = length > 0 && decodeFrame(file, at + 8 + length) !== undefined;
    if (!last || intactBehind) {
      throw new Error(
        `store: ${path} is damaged at byte ${at}, and intact batches follow: restore the directory from a copy`,
      );
    }
    const handle = await open(path, 'r+');
    try {
      await handle.truncate(at);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  append(batch: Batch, expectedSequence: number): Promise<void> {
    if (expectedSequence !== this.#queued + 1) {
      return Promise.reject(new Error(`log: batch ${expectedSequence} does not follow ${this.#queued}`));
    }
    this.#queued = expectedSequence;
    const parts = encodeBatch(expectedSequence, batch);
    return new Promise((resolve, reject) => {
      this.#queue.push({ sequence: expectedSequence, parts, resolve, reject });
      this.#writing ??= this.#drain();
    });
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#queue.splice(0, GROUP_BATCHES_MAX);
      try {
        await this.#write(group);
      } catch (error) {
        await this.#undo(error);
        const failed = [...group, ...this.#queue];
        this.#queue = [];
        this.#queued = this.#durable;
        for (const one of failed) one.reject(error);
        continue;
      }
      this.#durable = group.at(-1)!.sequence;
      for (const one of group) one.resolve();
    }
    this.#writing = undefined;
  }

  async #write(group: readonly Pending[]): Promise<void> {
    if (this.#damaged) await this.#undo(this.#damaged);
    if (this.#damaged) throw this.#damaged;
    if (this.#rotate) await this.#closeSegment();
    const segment = this.#segment ?? (await this.#openSegment(group[0]!.sequence));
    const bytes = Buffer.concat(group.flatMap(({ parts }) => parts));
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await segment.write(bytes, written, bytes.length - written, this.#offset + written);
      written += bytesWritten;
    }
    this.#offset += bytes.length;
  }

  /** Cuts a half-written group off again; until that works nothing more is written. */
  async #undo(error: unknown): Promise<void> {
    try {
      await this.#segment?.truncate(this.#offset);
      await this.#segment?.sync();
      this.#damaged = undefined;
    } catch {
      this.#damaged = error;
    }
  }

  async #openSegment(sequence: number): Promise<FileHandle> {
    const flags = constants.O_CREAT | constants.O_WRONLY | constants.O_DSYNC;
    const handle = await this.#open(join(this.#directory, fileName('log', sequence)), flags, 0o600);
    await syncDirectory(this.#directory);
    this.#offset = (await handle.stat()).size;
    this.#segment = handle;
    return handle;
  }

  async snapshot(snapshot: Snapshot): Promise<void> {
    const { entries, ...head } = snapshot;
    const path = join(this.#directory, fileName('snapshot', snapshot.sequence));
    const handle = await open(`${path}.tmp`, 'w', 0o600);
    try {
      await handle.writev(encodeFrame(head, []));
      let part: SnapshotEntry[] = [];
      for (const entry of entries) {
        part.push(entry);
        if (part.length < SNAPSHOT_FRAME_ENTRIES) continue;
        await handle.writev(encodeEntries(part));
        part = [];
      }
      if (part.length > 0) await handle.writev(encodeEntries(part));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${path}.tmp`, path);
    await syncDirectory(this.#directory);
    await this.#dropBefore(snapshot.sequence);
  }

  /** Removes whole segments and older snapshots that the new snapshot covers. The next write begins a new segment, so none removed is in use. */
  async #dropBefore(sequence: number): Promise<void> {
    this.#rotate = true;
    const names = (await readdir(this.#directory)).sort();
    for (const name of names.filter((one) => /^snapshot-\d+$/.test(one) && sequenceOf(one) < sequence)) {
      await rm(join(this.#directory, name));
    }
    const segments = names.filter((one) => /^log-\d+$/.test(one));
    for (const [index, name] of segments.entries()) {
      const next = segments[index + 1];
      const lastSequence = next ? sequenceOf(next) - 1 : this.#queued;
      if (lastSequence <= sequence) await rm(join(this.#directory, name));
    }
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#closeSegment();
  }

  async #closeSegment(): Promise<void> {
    this.#rotate = false;
    await this.#segment?.close();
    this.#segment = undefined;
  }
}

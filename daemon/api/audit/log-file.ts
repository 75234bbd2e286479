/**
 * The audit log: JSON lines in a file that is rotated by size, its older parts bounded by number and age (kube-apiserver's `--audit-log-max…`).
 * Writing is behind a bounded queue: when the disk cannot follow, events are dropped and counted, and the API goes on.
 */

import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { AuditSink } from './auditor.ts';

/** As upstream's buffered backend: a second of a busy cluster. */
const QUEUE_EVENTS_MAX = 10_000;
/** And not more memory than this: events may carry bodies. */
const QUEUE_BYTES_MAX = 64 * 1024 * 1024;
const DAY_MS = 86_400_000;
const DROPPED_TOLD_MS = 60_000;

export interface AuditLogOptions {
  path: string;
  sizeBytesMax: number;
  /** Older parts kept; 0: all. */
  backupsMax: number;
  /** Days that an older part is kept; 0: for ever. */
  ageDaysMax: number;
  clock: Clock;
  log: Logger;
}

export interface AuditLog extends AuditSink {
  /** Resolves when all that was handed over is written. */
  close(): Promise<void>;
}

export function createAuditLog(options: AuditLogOptions): AuditLog {
  const { clock, log } = options;
  const file = new RotatingFile(options);
  let queue: string[] = [];
  let bytes = 0;
  let dropped = 0;
  let toldMs = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;
  const drop = (reason: string, lines: number) => {
    dropped += lines;
    if (clock.monotonic() - toldMs < DROPPED_TOLD_MS) return;
    toldMs = clock.monotonic();
    log.error({ dropped, path: options.path }, `audit events are lost: ${reason}`);
  };
  const drain = async () => {
    while (queue.length > 0) {
      const lines = queue;
      queue = [];
      bytes = 0;
      await file.append(lines.join('')).catch((error: unknown) => drop(String(error), lines.length));
    }
    running = undefined;
  };
  return {
    write(event) {
      const line = `${JSON.stringify(event)}\n`;
      if (queue.length >= QUEUE_EVENTS_MAX || bytes + line.length > QUEUE_BYTES_MAX)
        return drop('the disk does not follow', 1);
      queue.push(line);
      bytes += line.length;
      running ??= Promise.resolve().then(drain);
    },
    async close() {
      await running;
      await file.close();
    },
  };
}

class RotatingFile {
  readonly #options: AuditLogOptions;
  #handle: FileHandle | undefined;
  #size = 0;

  constructor(options: AuditLogOptions) {
    this.#options = options;
  }

  async append(text: string): Promise<void> {
    const bytes = Buffer.byteLength(text);
    if (this.#handle && this.#size > 0 && this.#size + bytes > this.#options.sizeBytesMax) await this.#rotate();
    const handle = this.#handle ?? (await this.#open());
    await handle.appendFile(text);
    this.#size += bytes;
  }

  async #open(): Promise<FileHandle> {
    const { path } = this.#options;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    this.#handle = await open(path, 'a', 0o600);
    this.#size = (await this.#handle.stat()).size;
    return this.#handle;
  }

  async #rotate(): Promise<void> {
    const { path, clock } = this.#options;
    await this.close();
    await rename(path, partPath(path, clock.now()));
    await this.#removeOld();
  }

  async #removeOld(): Promise<void> {
    const { path, backupsMax, ageDaysMax, clock } = this.#options;
    const directory = dirname(path);
    const parts = (await readdir(directory))
      .filter((name) => isPartOf(path, name))
      .sort()
      .reverse();
    const oldest = partName(path, clock.now() - ageDaysMax * DAY_MS);
    const gone = parts.filter(
      (name, index) => (backupsMax > 0 && index >= backupsMax) || (ageDaysMax > 0 && name < oldest),
    );
    for (const name of gone) await rm(join(directory, name), { force: true });
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }
}

/** `audit-2026-01-02T03-04-05.678.log`: names sort by time. */
function partName(path: string, timeMs: number): string {
  const { stem, extension } = split(path);
  return `${stem}-${new Date(timeMs).toISOString().replaceAll(':', '-').replace('Z', '')}${extension}`;
}

const partPath = (path: string, timeMs: number): string => join(dirname(path), partName(path, timeMs));

function isPartOf(path: string, name: string): boolean {
  const { stem, extension } = split(path);
  return (
    name.startsWith(`${stem}-`) &&
    name.endsWith(extension) &&
    /^\d{4}-\d\d-\d\dT[\d.-]+$/.test(name.slice(stem.length + 1, name.length - extension.length))
  );
}

function split(path: string): { stem: string; extension: string } {
  const name = basename(path);
  const dot = name.lastIndexOf('.');
  return dot > 0 ? { stem: name.slice(0, dot), extension: name.slice(dot) } : { stem: name, extension: '' };
}

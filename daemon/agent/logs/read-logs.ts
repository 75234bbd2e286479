/**
 * Reads a container's log across its rotated files, from the past or as it is written (`core/v1` PodLogOptions).
 *
 * A follower reads each file to its end before it goes to the next, by inode, so rotation loses nothing. Links are never followed: a container
 * cannot make the agent read another file.
 */

import { constants, watch } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Clock, parseTime, sleep } from '../../base/clock.ts';
import type { LogOptions } from '../../client/node-service.ts';
import { LineSplitter, parseLogLine, renderLogLine } from './log-line.ts';
import { rotatedFiles } from './paths.ts';

const CHUNK_BYTES = 64 * 1024;
/** Where no file event arrives (a lost one, an exotic file system) a follower looks at least this often. */
const LOOK_AGAIN_MS = 500;

export interface ReadLogsRequest {
  path: string;
  options: Omit<LogOptions, 'container'>;
  /** Whether more may still be written. */
  isRunning(): boolean;
  clock: Clock;
  signal: AbortSignal;
}

interface OpenFile {
  handle: FileHandle;
  inode: bigint;
}

async function openPlain(path: string): Promise<OpenFile | undefined> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const { ino, isFile } = await handle
      .stat({ bigint: true })
      .then((stat) => ({ ino: stat.ino, isFile: stat.isFile() }));
    if (isFile) return { handle, inode: ino };
    await handle.close();
    return undefined;
  } catch {
    return undefined; // gone, a link, or not there yet: there is nothing to read
  }
}

/** All files of the log, oldest first, the one being written last. */
async function openAll(path: string): Promise<OpenFile[]> {
  const names = await readdir(dirname(path)).catch(() => []);
  const paths = [...rotatedFiles(names, basename(path)).map((name) => join(dirname(path), name)), path];
  const files: OpenFile[] = [];
  for (const one of paths) {
    const file = await openPlain(one);
    if (file && files.every(({ inode }) => inode !== file.inode)) files.push(file);
    else await file?.handle.close();
  }
  return files;
}

/** The files behind the one with this inode, oldest first. */
async function openNewer(path: string, inode: bigint | undefined): Promise<OpenFile[]> {
  const files = await openAll(path);
  const at = files.findIndex((file) => file.inode === inode);
  for (const { handle } of files.slice(0, at + 1)) await handle.close();
  return files.slice(at + 1);
}

/** Pieces of output; ends at the end, at `limitBytes`, or, following, when the container has ended and all of it was read. */
export async function* readLogs(request: ReadLogsRequest): AsyncIterable<Uint8Array> {
  let left = request.options.limitBytes ?? Number.POSITIVE_INFINITY;
  for await (const piece of readLines(request)) {
    if (request.signal.aborted) return;
    const shown = piece.length > left ? piece.subarray(0, left) : piece;
    left -= shown.length;
    if (shown.length > 0) yield shown;
    if (left <= 0) return;
  }
}

async function* readLines(request: ReadLogsRequest): AsyncIterable<Buffer> {
  const { path, options, clock } = request;
  const files = await openAll(path);
  const since = sinceMs(options, clock.now());
  let atLineStart = true;
  const show = (line: Buffer): Buffer | undefined => {
    const parsed = parseLogLine(line);
    if (!parsed || (since !== undefined && parseTime(parsed.time) < since)) return undefined;
    // The parts of a long line are one line: its time is said once.
    const timed = options.timestamps === true && atLineStart;
    atLineStart = !parsed.partial;
    return renderLogLine(parsed, timed);
  };
  const offsets = options.tailLines === undefined ? undefined : await tailOffsets(files, options.tailLines);
  let current: { file: OpenFile; offset: number } | undefined;
  try {
    for (const [index, file] of files.entries()) {
      const start = offsets ? offsets[index]! : 0;
      const splitter = new LineSplitter();
      const end = yield* readFrom(file, start, splitter, show);
      current = { file, offset: end };
    }
    if (options.follow) yield* follow(request, current, show);
  } finally {
    for (const { handle } of files) await handle.close().catch(() => {});
  }
}

function sinceMs({ sinceSeconds, sinceTime }: Omit<LogOptions, 'container'>, nowMs: number): number | undefined {
  if (sinceTime !== undefined) return parseTime(sinceTime);
  return sinceSeconds === undefined ? undefined : nowMs - sinceSeconds * 1000;
}

/** Yields shown lines in pieces of a chunk; returns the offset that it came to. */
async function* readFrom(
  file: OpenFile,
  start: number,
  splitter: LineSplitter,
  show: (line: Buffer) => Buffer | undefined,
): AsyncGenerator<Buffer, number> {
  let offset = start;
  const buffer = Buffer.alloc(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await file.handle.read(buffer, 0, CHUNK_BYTES, offset);
    if (bytesRead === 0) return offset;
    offset += bytesRead;
    const shown: Buffer[] = [];
    for (const line of splitter.push(buffer.subarray(0, bytesRead))) {
      const text = show(line);
      if (text) shown.push(text);
    }
    if (shown.length > 0) yield Buffer.concat(shown);
  }
}

async function* follow(
  request: ReadLogsRequest,
  last: { file: OpenFile; offset: number } | undefined,
  show: (line: Buffer) => Buffer | undefined,
): AsyncGenerator<Buffer> {
  const { path, isRunning, clock, signal } = request;
  let position = last;
  let splitter = new LineSplitter();
  const changes = watchDirectory(dirname(path));
  const opened: OpenFile[] = [];
  try {
    while (!signal.aborted) {
      // Read before asking whether it runs: what was written before the end is then never missed.
      const running = isRunning();
      if (position) position.offset = yield* readFrom(position.file, position.offset, splitter, show);
      const next = await openPlain(path);
      if (next && next.inode !== position?.file.inode) {
        await next.handle.close();
        if (position) yield* readFrom(position.file, position.offset, splitter, show);
        // More than one rotation may have happened since the last look.
        const newer = await openNewer(path, position?.file.inode);
        opened.push(...newer);
        for (const file of newer.slice(0, -1)) yield* readFrom(file, 0, new LineSplitter(), show);
        const newest = newer.at(-1);
        if (newest) position = { file: newest, offset: 0 };
        splitter = new LineSplitter();
        continue;
      }
      await next?.handle.close();
      if (!running) return;
      await changes.next(clock, signal);
    }
  } finally {
    changes.close();
    for (const { handle } of opened) await handle.close().catch(() => {});
  }
}

interface DirectoryChanges {
  /** Resolves at the next change, or after a while. */
  next(clock: Clock, signal: AbortSignal): Promise<void>;
  close(): void;
}

function watchDirectory(directory: string): DirectoryChanges {
  let changed = false;
  let wake: (() => void) | undefined;
  const notice = () => {
    changed = true;
    wake?.();
  };
  let watcher: ReturnType<typeof watch> | undefined;
  try {
    watcher = watch(directory, { persistent: false }, notice);
    watcher.on('error', () => {});
  } catch {
    // no such directory yet: looking again after a while does it
  }
  return {
    async next(clock, signal) {
      if (!changed) {
        const noticed = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const stop = new AbortController();
        await Promise.race([noticed, sleep(clock, LOOK_AGAIN_MS, AbortSignal.any([signal, stop.signal]))]);
        stop.abort();
      }
      changed = false;
      wake = undefined;
    },
    close: () => watcher?.close(),
  };
}

/** Where to begin in each file so that `lines` lines follow; files before are skipped whole. */
async function tailOffsets(files: readonly OpenFile[], lines: number): Promise<number[]> {
  const offsets = new Array<number>(files.length).fill(0);
  let wanted = lines;
  for (let index = files.length - 1; index >= 0; index--) {
    const { size } = await files[index]!.handle.stat();
    const { offset, found } =
      wanted > 0 ? await lastLines(files[index]!.handle, size, wanted) : { offset: size, found: 0 };
    offsets[index] = offset;
    wanted -= found;
  }
  return offsets;
}

/** The offset at which the last `wanted` whole lines of the file begin, and how many there are. */
async function lastLines(handle: FileHandle, size: number, wanted: number): Promise<{ offset: number; found: number }> {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let newlines = 0;
  let end = size;
  while (end > 0) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, end - start, start);
    for (let at = bytesRead - 1; at >= 0; at--) {
      if (buffer[at] !== 10) continue;
      newlines++;
      // The newline that ends the line before the wanted ones.
      if (newlines > wanted) return { offset: start + at + 1, found: wanted };
    }
    end = start;
  }
  return { offset: 0, found: newlines };
}

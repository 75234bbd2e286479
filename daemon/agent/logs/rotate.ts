/**
 * Keeps each container's log within bounds: a file that is full is moved aside, and conmon is told through its control FIFO to open a new one.
 * conmon writes to the moved file until then, so nothing is lost. How soon a file is looked at again follows how fast it grows.
 */

import { constants } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Clock, sleep } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { rotatedFiles, rotatedName } from './paths.ts';

/** The kubelet's containerLogMaxSize and containerLogMaxFiles. */
export const LOG_BYTES_MAX = 10 * 1024 * 1024;
export const LOG_FILES_MAX = 5;

/** The kubelet's containerLogMonitorInterval, and how soon a fast writer is looked at again. */
const LOOK_MS_MAX = 10_000;
const LOOK_MS_MIN = 200;

export interface RotatedLog {
  path: string;
  /** conmon's control FIFO of the container. */
  controlPath: string;
}

export interface LogRotator {
  add(id: string, log: RotatedLog): void;
  remove(id: string): void;
  stop(): void;
}

/** Tells conmon to open its log file anew; false when nobody reads the FIFO any more. */
async function reopen(controlPath: string): Promise<boolean> {
  try {
    const handle = await open(controlPath, constants.O_WRONLY | constants.O_NONBLOCK);
    await handle.write('2 0 0\n');
    await handle.close();
    return true;
  } catch {
    return false;
  }
}

/** Moves the file aside and drops what is beyond {@link LOG_FILES_MAX}. Does nothing when conmon cannot be told. */
async function rotate({ path, controlPath }: RotatedLog, nowMs: number): Promise<void> {
  const directory = dirname(path);
  const names = new Set(await readdir(directory));
  let attempt = 0;
  while (names.has(basename(rotatedName(path, nowMs, attempt)))) attempt++;
  const moved = rotatedName(path, nowMs, attempt);
  await rename(path, moved);
  if (!(await reopen(controlPath))) {
    await rename(moved, path);
    return;
  }
  const rotated = rotatedFiles(await readdir(directory), basename(path));
  for (const name of rotated.slice(0, Math.max(0, rotated.length - (LOG_FILES_MAX - 1))))
    await rm(join(directory, name), { force: true });
}

export function startLogRotator({
  clock,
  log,
  bytesMax = LOG_BYTES_MAX,
}: {
  clock: Clock;
  log: Logger;
  bytesMax?: number;
}): LogRotator {
  const stops = new Map<string, AbortController>();
  const watchOver = async (one: RotatedLog, signal: AbortSignal) => {
    let before = 0;
    let waitMs = LOOK_MS_MIN;
    while (!signal.aborted) {
      await sleep(clock, waitMs, signal);
      if (signal.aborted) return;
      try {
        const { size } = await stat(one.path);
        const grown = Math.max(0, size - before);
        // Half the time in which it would fill at this speed.
        waitMs =
          grown === 0
            ? Math.min(LOOK_MS_MAX, waitMs * 2)
            : Math.min(LOOK_MS_MAX, Math.max(LOOK_MS_MIN, (waitMs * bytesMax) / grown / 2));
        before = size;
        if (size < bytesMax) continue;
        await rotate(one, clock.now());
        before = 0;
      } catch (error) {
        log.debug({ err: error, path: one.path }, 'a log could not be looked after');
        waitMs = LOOK_MS_MAX;
      }
    }
  };
  return {
    add(id, one) {
      if (stops.has(id)) return;
      const stop = new AbortController();
      stops.set(id, stop);
      void watchOver(one, stop.signal);
    },
    remove(id) {
      stops.get(id)?.abort();
      stops.delete(id);
    },
    stop() {
      for (const stop of stops.values()) stop.abort();
      stops.clear();
    },
  };
}

/** How much of the disk a directory takes. */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { Gate } from '../gate.ts';

export interface DiskUsage {
  bytes: number;
  inodes: number;
}

/** More are not counted: it would take the disk minutes. */
const INODES_MAX = 1_000_000;

/** Adds up what lies on the disk, and stops as soon as it is more than `bytesMax`; what vanishes while it is counted counts nothing. */
export async function measureDisk(root: string, bytesMax = Number.POSITIVE_INFINITY): Promise<DiskUsage> {
  const counted = new Set<bigint>();
  const waiting = [root];
  const found = { bytes: 0, inodes: 0 };
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
      const path = join(directory, entry.name);
      if (found.inodes === INODES_MAX) return found;
      found.inodes += 1;
      if (entry.isDirectory()) waiting.push(path);
      if (!entry.isFile()) continue;
      const present = await stat(path, { bigint: true }).catch(() => undefined);
      // A file with several names takes its space once.
      if (!present || (present.nlink > 1n && counted.has(present.ino))) continue;
      if (present.nlink > 1n) counted.add(present.ino);
      found.bytes += Number(present.blocks * 512n);
      if (found.bytes > bytesMax) return found;
    }
  }
  return found;
}

/** As long as a kubelet takes what it has measured for true. */
const FRESH_MS = 60_000;
const FORGOTTEN_MS = 10 * FRESH_MS;
/** Directories measured at once: each is many small reads of one disk. */
const MEASURED_MAX = 2;

/** Remembers for a minute: whoever asks often does not make the disk work often. */
export class DiskMeter {
  readonly #clock: Clock;
  readonly #gate = new Gate(MEASURED_MAX);
  readonly #known = new Map<string, { atMs: number; usage: Promise<DiskUsage> }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of(directory: string): Promise<DiskUsage> {
    const nowMs = this.#clock.now();
    const known = this.#known.get(directory);
    if (known && nowMs - known.atMs < FRESH_MS) return known.usage;
    for (const [path, { atMs }] of this.#known) if (nowMs - atMs >= FORGOTTEN_MS) this.#known.delete(path);
    const measuring = this.#gate.run(() => measureDisk(directory));
    // What was measured last is told until it is measured anew.
    const usage = known ? known.usage : measuring;
    this.#known.set(directory, { atMs: nowMs, usage });
    void measuring.then(() => this.#known.set(directory, { atMs: nowMs, usage: measuring }));
    return usage;
  }
}

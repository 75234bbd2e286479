/** Floors that several scenarios stand beside: what the disk can do. */

import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of a small durable write: about what a revision and a small change need. */
const WRITE_BYTES = 300;

/** Milliseconds of `count` appends of 300 B, each with fdatasync, in this directory. */
export function measureFdatasync(directory: string, count: number): number[] {
  const file = openSync(join(directory, 'fdatasync-floor'), 'w');
  const bytes = Buffer.alloc(WRITE_BYTES, 'x');
  const samples: number[] = [];
  for (let index = 0; index < count; index++) {
    const began = performance.now();
    writeSync(file, bytes);
    fdatasyncSync(file);
    samples.push(performance.now() - began);
  }
  closeSync(file);
  return samples;
}

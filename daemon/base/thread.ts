/** The only file that starts threads: with no environment of this process's, a bound on memory, and what Node already compiled of their program. */

import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';

/** `heapMiBMax`: with more the thread ends (`error`), and the process goes on. */
export function startThread(program: URL, heapMiBMax: number): Worker {
  const cache = getCompileCacheDir(); // of this version of Node, in the directory that all of them share
  return new Worker(program, {
    env: cache ? { NODE_COMPILE_CACHE: dirname(cache) } : {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: heapMiBMax },
  });
}

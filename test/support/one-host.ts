/**
 * Set-up of each end-to-end file: one at a time has the host's podman, bridge and rules, whatever runs beside it in other workers.
 * The lock is an abstract socket, so it goes with its process however that ends.
 */

import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const LOCK = '\0reflet-e2e';
const AGAIN_MS = 100;

async function takeHost(): Promise<void> {
  for (;;) {
    const lock = createServer().unref();
    lock.listen(LOCK);
    try {
      await once(lock, 'listening');
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      await delay(AGAIN_MS);
    }
  }
}

await takeHost();

/**
 * The safety net beside the hooks: sees the tracked branch's ref change on disk (hooks bypassed, a foreign hook in the way, packed refs) and has the
 * engine catch up. It decides nothing and changes nothing.
 */

import { join } from 'node:path';
import { watch } from 'chokidar';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { GitEngine } from './engine.ts';
import { FAILED_RETRY_MS, REF_SETTLE_MS, REFUSED_RETRY_MS } from './limits.ts';

/** While API writes are on their way into the repository, the ref moves because of them: it is looked at when they are done. */
const OWN_WRITES_MS = 100;

export interface RefWatcher {
  close(): Promise<void>;
}

export async function startRefWatcher(engine: GitEngine, clock: Clock, log: Logger): Promise<RefWatcher> {
  const { gitDir, ref } = engine.options.repository;
  let closed = false;
  let looking = false;
  let again = false;
  let cancel = () => {};
  const look = async () => {
    if (looking) {
      again = true;
      return;
    }
    if (engine.unsettled()) {
      schedule(OWN_WRITES_MS);
      return;
    }
    looking = true;
    try {
      do {
        again = false;
        await engine.catchUp();
      } while (again && !closed);
    } catch (error) {
      log.warn({ error: String(error) }, 'the branch could not be put into force; it will be tried again');
      schedule(FAILED_RETRY_MS);
    } finally {
      looking = false;
    }
    if (engine.refused) schedule(REFUSED_RETRY_MS);
  };
  const schedule = (delayMs: number) => {
    if (closed) return;
    cancel();
    cancel = clock.after(delayMs, () => void look());
  };
  const file = join(gitDir, ref);
  const packed = join(gitDir, 'packed-refs');
  // From the folder that is always there: neither the branch, nor the folders it is in, nor packed refs need exist yet. Nothing else is looked at.
  const watcher = watch(gitDir, {
    ignored: (path) => path !== gitDir && path !== packed && path !== file && !file.startsWith(`${path}/`),
    ignoreInitial: true,
    // git writes `<ref>.lock` and renames it: the file itself comes and goes.
    atomic: false,
  });
  watcher.on('all', () => schedule(REF_SETTLE_MS));
  watcher.on('error', (error) => log.warn({ error: String(error) }, 'the ref cannot be watched'));
  await new Promise<void>((resolve) => {
    watcher.once('ready', () => resolve());
  });
  return {
    async close() {
      closed = true;
      cancel();
      await watcher.close();
    },
  };
}

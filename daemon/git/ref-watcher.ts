/**
 * Sees the tracked branch's ref change on disk. A move that was admitted is published at once, before git has started the hook that would tell of it;
 * for all else (hooks bypassed, a foreign hook in the way, packed refs) it is the safety net that has the engine catch up. It decides nothing.
 */

import { join } from 'node:path';
import { watch } from 'chokidar';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { GitEngine } from './engine.ts';
import type { AdmittedMoves } from './hooks/admitted-moves.ts';
import { FAILED_RETRY_MS, REF_SETTLE_MS, REFUSED_RETRY_MS } from './limits.ts';

/** While API writes are on their way into the repository, the ref moves because of them: it is looked at when they are done. */
const OWN_WRITES_MS = 100;

export interface RefWatcher {
  close(): Promise<void>;
}

/** `moves`: the ones that were admitted are published at once; what else happened to the ref is looked at when it has settled. */
export async function startRefWatcher(
  engine: GitEngine,
  moves: AdmittedMoves,
  clock: Clock,
  log: Logger,
): Promise<RefWatcher> {
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
  watcher.on('raw', () => moves.look()); // as the kernel says it, before chokidar has looked at what changed
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

/**
 * The checkpoint of a followed repository reaches the remote, where it takes such refs, and comes back for a rebuild. Pushed with force: it is this
 * daemon's own, and only the newest one counts.
 */

import type { GitEngine } from '../engine.ts';
import { gitText } from '../git-command.ts';
import { STATE_SHARE_MS, STATE_SHARE_SOON_MS } from '../limits.ts';
import { IN_FORCE_REF, STATE_BEFORE_REF, STATE_REF } from '../state/state-index.ts';
import type { Remote } from './remote.ts';

const STATE_REFS = [STATE_REF, STATE_BEFORE_REF, IN_FORCE_REF];

export interface StateSharing {
  /** The checkpoint moved: the remote gets it soon, and ever later up to {@link STATE_SHARE_MS} while it keeps moving. */
  moved(): void;
  /** A last push of what has not been pushed yet. Never rejects. */
  close(): Promise<void>;
}

export function startStateSharing(engine: GitEngine, remote: Remote): StateSharing {
  const { repository, clock, log } = engine.options;
  let isDue = false;
  let running: Promise<void> = Promise.resolve();
  let cancel: (() => void) | undefined;
  const pace = createPace();
  const push = async (): Promise<void> => {
    isDue = false;
    try {
      const present = await gitText(repository, ['for-each-ref', '--format=%(refname)', ...STATE_REFS]);
      const refs = present.split('\n').filter(Boolean);
      const answer = refs.length === 0 ? undefined : await remote.overwrite(refs);
      if (answer?.result === 'refused')
        log.warn({ why: answer.why }, 'the remote does not take the checkpoint: a rebuild needs the data directory');
    } catch (error) {
      isDue = true; // with the next checkpoint, or at the stop
      log.debug({ error: String(error) }, 'the checkpoint did not reach the remote');
    }
  };
  return {
    moved() {
      isDue = true;
      cancel ??= clock.after(pace.delayMs(clock.monotonic()), () => {
        cancel = undefined;
        pace.pushed(clock.monotonic());
        running = running.then(push);
      });
    },
    async close() {
      cancel?.();
      await running;
      if (isDue) await push();
    },
  };
}

/** How long the next push has to wait: twice as long as the one before while checkpoints keep coming, a second after a quiet time. */
function createPace() {
  let pauseMs = STATE_SHARE_SOON_MS;
  let lastMs = -Infinity;
  return {
    delayMs(now: number): number {
      if (now - lastMs >= STATE_SHARE_MS) pauseMs = STATE_SHARE_SOON_MS;
      return pauseMs;
    },
    pushed(now: number): void {
      lastMs = now;
      pauseMs = Math.min(2 * pauseMs, STATE_SHARE_MS);
    },
  };
}

/** Before a rebuild: what the remote keeps of the cluster, into the mirror. False when it keeps nothing. Throws RemoteUnreachable. */
export async function fetchState(remote: Remote): Promise<boolean> {
  for (const ref of STATE_REFS) if (!(await remote.fetchRef(ref)) && ref === STATE_REF) return false;
  return true;
}

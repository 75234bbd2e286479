/**
 * What happens when something is suspended no more, by a commit or because its time has come: the tip comes into force, and what others wrote meanwhile
 * is looked at. One timer, for the suspension that ends first.
 */

import type { GitEngine } from '../engine.ts';
import { TIMER_MS_MAX } from '../limits.ts';
import { nextExpiry } from './suspension.ts';

export interface Resumption {
  stop(): void;
}

/** `lookAtAll`: has every object of git compared with what is live. */
export function startResumption(engine: GitEngine, lookAtAll: () => void): Resumption {
  const { clock, log } = engine.options;
  let cancel = () => {};
  const resume = async () => {
    await engine.catchUp();
    lookAtAll();
  };
  /** What ended until then has been resumed. What ends later is found, however late it is looked for. */
  let resumedMs = clock.now();
  const schedule = () => {
    cancel();
    const { objects, suspended } = engine.state;
    const manifests = [...suspended].map((key) => objects.get(key)!.document.object);
    const at = nextExpiry(engine.state.configuration, manifests, resumedMs);
    if (at === undefined) return;
    // A time that is further away than a timer reaches is looked at again in between.
    cancel = clock.after(Math.min(Math.max(at - clock.now(), 0), TIMER_MS_MAX), () => {
      const now = clock.now();
      if (now < at) return schedule();
      resumedMs = now;
      resume()
        .catch((error: unknown) => log.warn({ error: String(error) }, 'what was suspended could not be resumed'))
        .finally(schedule);
    });
  };
  let wasSuspended = engine.suspension !== undefined;
  engine.onChange(() => {
    if (wasSuspended && !engine.suspension) lookAtAll();
    wasSuspended = engine.suspension !== undefined;
    schedule();
  });
  schedule();
  return { stop: () => cancel() };
}

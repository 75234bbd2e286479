/**
 * One timer for the suspension that ends first: then the branch's tip comes into force, and suspended objects are looked at again.
 */

import type { GitEngine } from '../engine.ts';
import { TIMER_MS_MAX } from '../limits.ts';
import { nextExpiry } from './suspension.ts';

export interface ExpiryTimer {
  stop(): void;
}

/** `onExpiry`: something that was suspended is not any more. */
export function startExpiryTimer(engine: GitEngine, onExpiry: () => Promise<void>): ExpiryTimer {
  const { clock, log } = engine.options;
  let cancel = () => {};
  const schedule = () => {
    cancel();
    const now = clock.now();
    const manifests = engine.state.objects.values().map(({ document }) => document.object);
    const at = nextExpiry(engine.state.configuration, manifests, now);
    if (at === undefined) return;
    // A time that is further away than a timer reaches is looked at again in between.
    const waitMs = Math.min(at - now, TIMER_MS_MAX);
    cancel = clock.after(waitMs, () => {
      const isDue = clock.now() >= at;
      (isDue ? onExpiry() : Promise.resolve())
        .catch((error: unknown) =>
          log.warn({ error: String(error) }, 'what was suspended could not be brought into force'),
        )
        .finally(schedule);
    });
  };
  engine.onChange(schedule);
  schedule();
  return { stop: () => cancel() };
}

/**
 * Follows workloads until all are healthy, one failed, or time is up: lines for the person who pushes. It only reads, so ending it early harms nothing.
 */

import type { Clock } from '../../base/clock.ts';
import type { Store } from '../../store/store.ts';
import { describeObject, type NamedObject } from '../manifest-file.ts';
import { type Health, healthOf } from './health.ts';

export interface FollowInput {
  store: Store;
  clock: Clock;
  objects: readonly NamedObject[];
  /** When they came into force; milliseconds since the epoch. */
  sinceMs: number;
  waitMs: number;
  say(line: string): void;
  /** Ends it at once. */
  signal: AbortSignal;
}

export type FollowResult = 'healthy' | 'failed' | 'timeout' | 'aborted';

export function followRollout({
  store,
  clock,
  objects,
  sinceMs,
  waitMs,
  say,
  signal,
}: FollowInput): Promise<FollowResult> {
  return new Promise((resolve) => {
    const open = new Map(objects.map((names) => [names.storeKey, { names, said: '' }]));
    let failed = false;
    const stops: (() => void)[] = [];
    const end = (result: FollowResult) => {
      for (const stop of stops.splice(0)) stop();
      resolve(result);
    };
    const look = () => {
      for (const [key, one] of open) {
        const value = store.get(key)?.value;
        // An object that is gone has nothing left to wait for.
        const health: Health = value ? healthOf(value, sinceMs) : { state: 'healthy', text: 'deleted' };
        const line = `${describeObject(one.names)} ${health.text || health.state}`;
        if (line !== one.said) say(line);
        one.said = line;
        if (health.state !== 'progressing') open.delete(key);
        if (health.state === 'failed') failed = true;
      }
      if (open.size === 0) end(failed ? 'failed' : 'healthy');
    };
    const aborted = () => end('aborted');
    signal.addEventListener('abort', aborted);
    stops.push(
      () => signal.removeEventListener('abort', aborted),
      clock.after(waitMs, () => end('timeout')),
      store.subscribe('/registry/', store.revision, {
        events: (batch) => {
          if (batch.some(({ key }) => open.has(key))) look();
        },
      }),
    );
    if (signal.aborted) end('aborted');
    else look();
  });
}

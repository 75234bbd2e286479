/**
 * A watch of the REST verbs as an async iterator, for components in the process.
 */

import type { RestContext } from '../api/rest/context.ts';
import type { RestEvent, Scope, WatchParameters } from '../api/rest/requests.ts';
import { startWatch } from '../api/rest/watch.ts';
import { expired } from '../base/status.ts';
import type { WatchEvent } from './client.ts';

/** A reader this far behind is cut off and lists again; ten thousand objects of one push fit many times. */
const BACKLOG_EVENTS_MAX = 100_000;

/**
 * Begins when it is first read. Ends without error when `signal` aborts or the watch's time is over.
 * Throws what `start` and the watch throw; 410 `Expired` when the reader fell behind.
 */
export async function* streamWatch(
  context: RestContext,
  start: () => { scope: Scope; parameters: WatchParameters },
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  if (signal.aborted) return;
  const { scope, parameters } = start();
  let backlog: RestEvent[] = [];
  let over: { error?: Error } | undefined;
  let wake = (): void => {};
  const finish = (error?: Error): void => {
    over ??= { error };
    wake();
  };
  const onAbort = (): void => finish();
  signal.addEventListener('abort', onAbort, { once: true });
  const stop = startWatch(context, scope, parameters, {
    events(batch) {
      if (over) return;
      for (const event of batch) backlog.push(event);
      if (backlog.length > BACKLOG_EVENTS_MAX) finish(expired('the watch fell behind: list again'));
      wake();
    },
    end: finish,
  });
  try {
    for (;;) {
      const batch = backlog;
      backlog = [];
      for (const { type, object } of batch) yield { type, object } as WatchEvent;
      if (backlog.length > 0 && !signal.aborted) continue;
      if (over?.error) throw over.error;
      if (over) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    stop();
    signal.removeEventListener('abort', onAbort);
  }
}

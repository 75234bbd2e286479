/**
 * podman's event stream, followed for as long as the agent lives. What was missed while it was away is the caller's to find out: `onGap`.
 */

import type { Clock } from '../../base/clock.ts';
import { sleep } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { PodmanHttp } from './http.ts';
import { jsonLines } from './images.ts';

export interface PodmanEvent {
  /** `container`, `image` */
  type: string;
  /** `create`, `start`, `died`, `remove`, `pull`, `untag` */
  action: string;
  /** Empty for some events of images: podman names none when one was built. */
  id: string;
  labels: Readonly<Record<string, string>>;
}

export interface FollowEventsOptions {
  http: PodmanHttp;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  onEvent(event: PodmanEvent): void;
  /** The stream is open (again): events before now may have been missed. */
  onGap(): void;
}

/** A service that was restarted answers again within this. */
const REOPEN_MS = 500;

export async function followEvents({ http, clock, log, signal, onEvent, onGap }: FollowEventsOptions): Promise<void> {
  while (!signal.aborted) {
    try {
      const filters = JSON.stringify({ type: ['container', 'image'] });
      const answer = await http.stream('GET', '/events', { query: { stream: true, filters }, signal });
      onGap();
      for await (const line of jsonLines(answer)) {
        const event = parseEvent(line);
        if (event) onEvent(event);
      }
    } catch (error) {
      if (!signal.aborted) log.debug({ error: String(error) }, "podman's event stream ended; opening it again");
    }
    if (!signal.aborted) await sleep(clock, REOPEN_MS, signal);
  }
}

function parseEvent(line: unknown): PodmanEvent | undefined {
  const { Type, Action, Actor } = (line ?? {}) as {
    Type?: string;
    Action?: string;
    Actor?: { ID?: string; Attributes?: Record<string, string> };
  };
  if (!Type || !Action || (!Actor?.ID && Type !== 'image')) return undefined;
  return { type: Type, action: Action, id: Actor?.ID ?? '', labels: Actor?.Attributes ?? {} };
}

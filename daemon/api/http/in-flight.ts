/**
 * How much one client may ask of the server at a time. Requests that only read and requests that write are counted apart
 * (kube-apiserver's `--max-requests-inflight`, `--max-mutating-requests-inflight`); streams are counted by user only.
 * Members of `system:masters` and health checks are never refused, only their watches are bounded: they cost memory.
 */

import { SUPERUSERS_GROUP } from '../../auth/rbac.ts';
import type { UserInfo } from '../../auth/user.ts';
import { tooManyRequests } from '../../base/status.ts';
import type { RequestInfo } from './request-info.ts';

/** kube-apiserver's defaults. */
const READING_MAX = 400;
const MUTATING_MAX = 200;
/** Of each, so that one user leaves room for others. */
const USER_SHARE = 0.5;
/** Watches, logs and exec sessions of one user: a busy controller has some dozens. */
const STREAMS_PER_USER_MAX = 2_000;
const RETRY_AFTER_SECONDS = 1;

export interface InFlightOptions {
  readingMax?: number;
  mutatingMax?: number;
  streamsPerUserMax?: number;
}

export interface InFlight {
  /** Takes a place; the answer gives it back, once. Throws 429 with Retry-After when there is none. */
  enter(user: UserInfo, info: RequestInfo): () => void;
}

type Lane = 'reading' | 'mutating' | 'stream' | 'free';

const STREAMED = new Set(['log', 'exec', 'attach', 'portforward', 'proxy']);

/** Which count a request belongs to. */
export function laneOf({ method, path, resource }: RequestInfo): Lane {
  if (/^\/(livez|readyz|healthz)(\/|$)/.test(path)) return 'free';
  if (resource && (resource.verb === 'watch' || STREAMED.has(resource.subresource))) return 'stream';
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? 'reading' : 'mutating';
}

class Counter {
  total = 0;
  readonly #byUser = new Map<string, number>();
  readonly #totalMax: number;
  readonly #userMax: number;

  constructor(totalMax: number, userMax: number) {
    this.#totalMax = totalMax;
    this.#userMax = userMax;
  }

  isFullFor(user: string): boolean {
    return this.total >= this.#totalMax || (this.#byUser.get(user) ?? 0) >= this.#userMax;
  }

  add(user: string, by: 1 | -1): void {
    this.total += by;
    const count = (this.#byUser.get(user) ?? 0) + by;
    if (count > 0) this.#byUser.set(user, count);
    else this.#byUser.delete(user);
  }
}

const full = () => tooManyRequests('Too many requests, please try again later.', RETRY_AFTER_SECONDS);

export function createInFlight(options: InFlightOptions = {}): InFlight {
  const { readingMax = READING_MAX, mutatingMax = MUTATING_MAX, streamsPerUserMax = STREAMS_PER_USER_MAX } = options;
  const share = (max: number) => new Counter(max, Math.ceil(max * USER_SHARE));
  const counters = {
    reading: share(readingMax),
    mutating: share(mutatingMax),
    stream: new Counter(Number.POSITIVE_INFINITY, streamsPerUserMax),
  };
  return {
    enter({ username, groups }, info) {
      const lane = laneOf(info);
      if (lane === 'free' || (lane !== 'stream' && groups.includes(SUPERUSERS_GROUP))) return () => {};
      const counter = counters[lane];
      if (counter.isFullFor(username)) throw full();
      counter.add(username, 1);
      let isIn = true;
      return () => {
        if (isIn) counter.add(username, -1);
        isIn = false;
      };
    },
  };
}

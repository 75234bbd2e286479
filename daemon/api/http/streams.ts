/**
 * How many streams there may be: watches, logs, exec sessions, pushes. They last, so that turns and seats do not bound them; what they cost is
 * memory and a connection each. Administrators' are bounded too.
 */

import type { UserInfo } from '../../auth/user.ts';
import { tooManyRequests } from '../../base/status.ts';
import type { RequestInfo } from './request-info.ts';

/** Of one user: a busy controller has some dozens. */
const STREAMS_PER_USER_MAX = 2_000;
/** Of all: at some 50 kB each, about half a gigabyte. */
const STREAMS_MAX = 10_000;
const RETRY_AFTER_SECONDS = 1;

export interface Streams {
  /** Takes a place; the returned function gives it back, once. Throws 429 with Retry-After when there is none. */
  enter(user: UserInfo): () => void;
}

const STREAMED = new Set(['log', 'exec', 'attach', 'portforward', 'proxy']);

/** `LongRunningRequestCheck`: watches, and the subresources that last. */
export function isStream({ resource }: RequestInfo): boolean {
  return resource !== undefined && (resource.verb === 'watch' || STREAMED.has(resource.subresource));
}

export function createStreams({ perUserMax = STREAMS_PER_USER_MAX, max = STREAMS_MAX } = {}): Streams {
  const byUser = new Map<string, number>();
  let total = 0;
  const add = (username: string, by: 1 | -1) => {
    total += by;
    const count = (byUser.get(username) ?? 0) + by;
    if (count > 0) byUser.set(username, count);
    else byUser.delete(username);
  };
  return {
    enter({ username }) {
      if (total >= max || (byUser.get(username) ?? 0) >= perUserMax)
        throw tooManyRequests('Too many requests, please try again later.', RETRY_AFTER_SECONDS);
      add(username, 1);
      let isIn = true;
      return () => {
        if (isIn) add(username, -1);
        isIn = false;
      };
    },
  };
}

/**
 * Time, identities and chance as arguments, so that every decision can be replayed.
 * The `system*` values are the only place that reads the real clock and the real randomness.
 */

import { randomBytes, randomUUID } from 'node:crypto';

export interface Clock {
  /** Milliseconds since the epoch; may jump. */
  now(): number;
  /** Milliseconds that never go back; for durations. */
  monotonic(): number;
  /** Runs `callback` once after `delayMs`; the returned function cancels it. Never keeps the process alive on its own. */
  after(delayMs: number, callback: () => void): () => void;
}

export interface Ids {
  /** A version 4 UUID, as `metadata.uid`. */
  uid(): string;
  /** `length` characters of Kubernetes' safe alphabet (no vowels, no look-alikes), as generateName's suffix. */
  suffix(length: number): string;
}

export interface Random {
  /** In [0, 1). */
  next(): number;
}

/** `util/rand`'s alphabet: without vowels and look-alikes, so that no word appears by chance. */
export const SAFE_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

export const systemIds: Ids = {
  uid: () => randomUUID(),
  suffix: (length) => Array.from(randomBytes(length), (byte) => SAFE_ALPHABET[byte % SAFE_ALPHABET.length]).join(''),
};

export const systemRandom: Random = { next: () => Math.random() };

/** The second that was formatted last: writes of one second ask for it again and again. */
let lastTime = { second: Number.NaN, text: '' };

/** `metav1.Time`: RFC 3339 in UTC with whole seconds. */
export function formatTime(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastTime.second) lastTime = { second, text: `${new Date(ms).toISOString().slice(0, 19)}Z` };
  return lastTime.text;
}

/** `metav1.MicroTime`: RFC 3339 in UTC with microseconds. */
export function formatMicroTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`;
}

/** Milliseconds since the epoch of an RFC 3339 time; NaN when it is none. */
export function parseTime(text: string): number {
  return Date.parse(text);
}

/** Waits `delayMs`, or less when `signal` is aborted (then it resolves at once). */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const keepAlive = setTimeout(() => {}, delayMs);
    const cancelTimer = clock.after(delayMs, done);
    const cancel = () => {
      clearTimeout(keepAlive);
      cancelTimer();
    };
    signal?.addEventListener('abort', done, { once: true });
  });
}

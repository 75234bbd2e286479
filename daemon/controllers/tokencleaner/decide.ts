/**
 * A bootstrap token's Secret goes when its expiration has come (`pkg/controller/bootstrap/tokencleaner.go`). Pure.
 */

import { formatTime } from '../../base/clock.ts';
import type { Decision } from '../../runtime/loop.ts';
import type { TokenCleanerAction, TokenCleanerSnapshot } from './actions.ts';

/** Timers are 32 bits wide; a day is well within. */
const LOOK_AGAIN_MS_MAX = 86_400_000;

export function decide({ key, secret }: TokenCleanerSnapshot, now: number): Decision<TokenCleanerAction> {
  const text = Buffer.from(secret.data?.['expiration'] ?? '', 'base64').toString('utf8');
  if (text === '') return { actions: [] };
  const endMs = Date.parse(text);
  // What cannot be read has ended, as for those that it would let in.
  if (Number.isNaN(endMs) || endMs <= now) return { actions: [{ type: 'deleteToken', key, secret }] };
  const message = `the token lasts until ${formatTime(endMs)}`;
  return {
    actions: [],
    waiting: [{ reason: 'NotExpired', message, afterMs: Math.min(endMs - now, LOOK_AGAIN_MS_MAX) }],
  };
}

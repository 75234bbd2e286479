/**
 * Spans of time as kubectl shows them in tables (`apimachinery/pkg/util/duration`).
 */

import { parseTime } from './clock.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** `90s`, `5m30s`, `3h10m`, `2d4h`, `400d`, `3y20d`: two units at most. A span below -2 s is `<invalid>`. */
export function humanDuration(spanMs: number): string {
  const seconds = Math.trunc(spanMs / SECOND_MS);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(spanMs / MINUTE_MS);
  if (minutes < 10) return withRest(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(spanMs / HOUR_MS);
  if (hours < 8) return withRest(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (hours < 24 * 8) return withRest(days, 'd', hours % 24, 'h');
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = Math.trunc(days / 365);
  return hours < 24 * 365 * 8 ? withRest(years, 'y', days % 365, 'd') : `${years}y`;
}

function withRest(count: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${count}${unit}` : `${count}${unit}${rest}${restUnit}`;
}

/** The age of an RFC 3339 time at `nowMs`; `<unknown>` when there is none. */
export function ageOf(time: string | undefined | null, nowMs: number): string {
  if (!time) return '<unknown>';
  const at = parseTime(time);
  return Number.isNaN(at) ? '<unknown>' : humanDuration(nowMs - at);
}

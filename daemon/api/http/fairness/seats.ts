/**
 * Whether a level has seats for one more request: its own, or what others lend while they do not need it. Pure.
 *
 * kube-apiserver shifts seats between levels every ten seconds; here a seat is lent for one request, so that what is lent comes back as soon as
 * that ends, and what a level does not lend is always there.
 */

import type { Level } from './level.ts';

/** `levels` are all of them, `level` among these. */
export function hasSeats(level: Level, seats: number, levels: Iterable<Level>): boolean {
  const { settings, seatsInUse } = level;
  if (settings.isExempt) return true;
  const wanted = seatsInUse + seats;
  // Somebody's wide request always fits into an idle level.
  if (wanted <= settings.seats || (seatsInUse === 0 && settings.seats > 0)) return true;
  const borrowing = wanted - Math.max(settings.seats, seatsInUse);
  if (wanted - settings.seats > settings.borrowable) return false;
  return borrowing <= lentOut(levels);
}

/** Seats that are lent and not yet borrowed. */
function lentOut(levels: Iterable<Level>): number {
  let free = 0;
  for (const { settings, seatsInUse } of levels) {
    if (settings.isExempt) continue;
    const idle = settings.seats - seatsInUse;
    free += idle >= 0 ? Math.min(idle, settings.lendable) : idle;
  }
  return free;
}

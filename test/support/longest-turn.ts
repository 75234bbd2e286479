/**
 * The longest turn of this thread's event loop, in processor time: what a turn costs, whatever else the machine does; its time on the clock tells more
 * about the neighbours. Told in milliseconds of an idle host of two cores: a slow processor is measured by a piece of work that never changes.
 */

import { pod } from '../bench/support/objects.ts';

/** What the calibration takes on that host. */
const CALIBRATION_MS = 6;

const usedMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

function calibrate(): number {
  const text = JSON.stringify(Array.from({ length: 400 }, (_, index) => pod(`p${index}`, 'default')));
  const rounds = Array.from({ length: 9 }, () => {
    const began = usedMs();
    JSON.stringify(JSON.parse(text));
    return usedMs() - began;
  });
  return rounds.sort((a, b) => a - b)[4]!;
}

export interface TurnMeter {
  /** Turns before do not count. */
  reset(): void;
  /** Since the last {@link reset}. */
  longestMs(): number;
  stop(): void;
}

export function measureTurns(): TurnMeter {
  let longestMs = 0;
  let before = usedMs();
  const look = () => {
    const now = usedMs();
    longestMs = Math.max(longestMs, now - before);
    before = now;
  };
  // A timer of a millisecond fires in every turn that has work.
  const timer = setInterval(look, 1);
  const reset = () => {
    look();
    longestMs = 0;
  };
  return {
    reset,
    longestMs() {
      const found = longestMs / Math.max(1, calibrate() / CALIBRATION_MS);
      reset();
      return found;
    },
    stop: () => clearInterval(timer),
  };
}

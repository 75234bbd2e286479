/**
 * What a scenario reports: a figure with its spread, beside a floor or peer measured in the same run, and the goal it is held to. Pure.
 */

export interface Spread {
  min: number;
  median: number;
  p99: number;
  max: number;
  samples: number;
}

/** `value`: the figure itself in its unit; `ratio`: the figure divided by its peer. */
export type Goal =
  | { of: 'ratio' | 'value'; atMost: number; atLeast?: undefined }
  | { of: 'ratio' | 'value'; atLeast: number; atMost?: undefined };

export interface Figure {
  figure: string;
  /** `ms`, `/s`, `µs`, `MiB`, `kB`, `%`. */
  unit: string;
  spread: Spread;
  /** Which of the spread is compared. */
  statistic: 'median' | 'p99';
  peer?: { name: string; spread: Spread };
  /** `spread` by `peer`, of the statistic. */
  ratio?: number;
  goal?: Goal;
  met?: boolean;
  /** How the outcome was checked, or what the figure leaves out. */
  note?: string;
}

export function spreadOf(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { min: at(0), median: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? Number.NaN, samples: sorted.length };
}

export interface FigureInput {
  figure: string;
  unit: string;
  samples: readonly number[];
  statistic?: 'median' | 'p99';
  peer?: { name: string; samples: readonly number[] };
  goal?: Goal;
  note?: string;
}

/** A p99 is compared with the peer's median: the floor is what is possible, not what sometimes goes wrong with it. */
export function figureOf({ figure, unit, samples, statistic = 'median', peer, goal, note }: FigureInput): Figure {
  const spread = spreadOf(samples);
  const measuredPeer = peer && { name: peer.name, spread: spreadOf(peer.samples) };
  const ratio = measuredPeer && spread[statistic] / measuredPeer.spread.median;
  const judged = goal?.of === 'ratio' ? ratio : spread[statistic];
  return {
    figure,
    unit,
    spread,
    statistic,
    ...(measuredPeer ? { peer: measuredPeer, ratio } : {}),
    ...(goal ? { goal } : {}),
    ...(goal && judged !== undefined ? { met: meets(judged, goal) } : {}),
    ...(note ? { note } : {}),
  };
}

function meets(judged: number, { atMost, atLeast }: Goal): boolean {
  return atMost === undefined ? judged >= atLeast : judged <= atMost;
}

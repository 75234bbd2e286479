/** What a benchmark scenario is. Contract. */

import type { Figure } from './figure.ts';

export interface Tools {
  /** Private and empty; removed afterwards. */
  directory: string;
  /** Progress, for people. */
  say(text: string): void;
}

export interface Scenario {
  name: string;
  /** One line for `--list`. */
  summary: string;
  /** Why it cannot run here; undefined when it can. */
  unavailable?(): Promise<string | undefined>;
  /** Measures, and rejects when the outcome was wrong: a fast wrong answer is no figure. */
  run(tools: Tools): Promise<Figure[]>;
}

/** Rejects with `what` unless it holds. */
export function verify(holds: boolean, what: string): void {
  if (!holds) throw new Error(`the outcome is wrong: ${what}`);
}

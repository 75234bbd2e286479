/**
 * What evaluating may cost: upstream's units of cost, and steps of our own evaluator, which say how long it takes. No clock: what is too much on a
 * slow host is too much on every host.
 */

import { BudgetError } from './errors.ts';

/** Upstream's `PerCallLimit`: one expression. */
const CALL_COST_MAX = 1_000_000;
/** Upstream's `RuntimeCELCostBudget`: all expressions of one policy, or of one custom resource's schema. */
const REQUEST_COST_MAX = 10_000_000;
/** Upstream's `RuntimeCELCostBudgetMatchConditions`. */
export const MATCH_CONDITIONS_COST_MAX = 2_500_000;
/**
 * One expression, which nothing interrupts: a step takes some 20 ns, so that the event loop gets on within a tenth of a second. A unit of cost is
 * one step, but where the work is more than upstream counts for it (regular expressions, comparisons of large values).
 */
const CALL_STEPS_MAX = 4_000_000;
/** Between expressions, others get their turn after so many steps: some 10 ms. */
const TURN_STEPS_MAX = 500_000;

const TOO_MUCH = 'operation cancelled: actual cost limit exceeded';

/** How long a request has held the event loop: those who evaluate for it let others go on when its turn is over. */
export class Turn {
  #steps = 0;

  add(steps: number): void {
    this.#steps += steps;
  }

  get isOver(): boolean {
    return this.#steps >= TURN_STEPS_MAX;
  }

  /** Others have had theirs. */
  begin(): void {
    this.#steps = 0;
  }
}

export interface BudgetOptions {
  /** All expressions together. */
  readonly costMax?: number;
  readonly turn?: Turn | undefined;
}

/** Shared by the expressions that are evaluated for one request, one after the other or one within another. */
export class Budget {
  readonly #turn: Turn | undefined;
  #remaining: number;
  #call = 0;
  readonly #outer: number[] = [];
  #steps = 0;

  constructor({ costMax = REQUEST_COST_MAX, turn }: BudgetOptions = {}) {
    this.#remaining = costMax;
    this.#turn = turn;
  }

  /** What is left for the whole request; negative when it is overdrawn. */
  get remaining(): number {
    return this.#remaining;
  }

  /** An expression begins; maybe within another, which goes on afterwards. */
  begin(): void {
    if (this.#outer.length === 0) this.#steps = 0;
    this.#outer.push(this.#call);
    this.#call = 0;
  }

  /** What the expression has cost is taken from what is left for the request. */
  end(): void {
    this.#remaining -= this.#call;
    this.#call = this.#outer.pop() ?? 0;
    if (this.#outer.length === 0) this.#turn?.add(this.#steps);
  }

  /** Throws when the budget is spent. Charged before the work is done. */
  charge(cost: number, steps = Math.max(1, cost)): void {
    this.#call += cost;
    if (this.#call > CALL_COST_MAX) throw new BudgetError(TOO_MUCH);
    this.step(steps);
  }

  /** Work that upstream counts no cost for. */
  readonly step = (steps = 1): void => {
    this.#steps += steps;
    if (this.#steps > CALL_STEPS_MAX) throw new BudgetError(TOO_MUCH);
  };
}

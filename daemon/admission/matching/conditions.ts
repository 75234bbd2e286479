/**
 * Match conditions of webhooks and policies: expressions that must all be true (`apiserver/pkg/admission/plugin/webhook/matchconditions`).
 */

import { Budget, MATCH_CONDITIONS_COST_MAX, type Turn } from '../../cel/budget.ts';
import type { Program } from '../../cel/compile.ts';
import type { Activation } from '../../cel/evaluate.ts';
import { compileFor, type ExpressionVariables } from '../../kinds/common/admission/expressions.ts';
import type { MatchCondition } from '../../kinds/types.generated.ts';

/** A program, or why it could not be compiled (what was admitted by an earlier release may not be). */
export type Expression = { readonly program: Program } | { readonly problem: string };

export interface CompiledCondition {
  readonly name: string;
  readonly expression: Expression;
}

export function compileConditions(
  conditions: readonly MatchCondition[] | undefined,
  variables: ExpressionVariables,
): readonly CompiledCondition[] {
  return (conditions ?? []).map(({ name, expression }) => ({
    name,
    expression: compileFor(expression, variables, ['bool']),
  }));
}

/** Whether all are true; the errors' text when one of them could not be told and none is false. */
export function evaluateConditions(
  conditions: readonly CompiledCondition[],
  activation: Activation,
  turn: Turn | undefined,
): boolean | { readonly error: string } {
  if (conditions.length === 0) return true;
  const budget = new Budget({ turn, costMax: MATCH_CONDITIONS_COST_MAX });
  const errors: string[] = [];
  let isMet = true;
  // All of them, as upstream: also behind one that is false the budget may not run out.
  for (const { expression } of conditions) {
    const outcome = evaluateExpression(expression, activation, budget);
    if (budget.remaining < 0) return { error: OUT_OF_BUDGET };
    if ('error' in outcome) errors.push(outcome.error);
    else if (outcome.value === false) isMet = false;
  }
  if (!isMet) return false;
  if (errors.length === 0) return true;
  return { error: errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]` };
}

export const OUT_OF_BUDGET =
  'validation failed due to running out of cost budget, no further validation rules will be run';

/** The value, or the error as upstream words it. */
export function evaluateExpression(expression: Expression, activation: Activation, budget: Budget) {
  if ('problem' in expression) return { error: `compilation error: ${expression.problem}` };
  const outcome = expression.program.evaluate(activation, budget);
  if ('value' in outcome) return outcome;
  return { error: `expression '${expression.program.source}' resulted in error: ${outcome.error}` };
}

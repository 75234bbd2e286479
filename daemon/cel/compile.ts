/**
 * CEL as Kubernetes has it. `compile(source, environment)` gives a program, or what is wrong with the expression, told as cel-go tells it;
 * `program.evaluate(activation, budget)` gives its value, or the message of what went wrong. Nothing here throws for what an expression says.
 *
 * What may be named is the environment's (`environment.ts`), types come from schemas (`schema-type.ts`), values from JSON (`json.ts`), and
 * what evaluating may cost, in upstream's units and in steps, is the budget's (`budget.ts`).
 */

import type { Expression } from './ast.ts';
import type { Budget } from './budget.ts';
import { type Checked, checkExpression } from './check.ts';
import type { Environment } from './environment.ts';
import { BudgetError, CelError } from './errors.ts';
import { type Activation, planEvaluation } from './evaluate.ts';
import { formatIssues, type Issue } from './issues.ts';
import { parseExpression } from './parse.ts';
import type { Type } from './types.ts';
import type { Value } from './values.ts';

export type Outcome =
  | { readonly value: Value }
  /** `isBudget`: the expression was ended because it cost too much. */
  | { readonly error: string; readonly isBudget: boolean };

export interface Program {
  readonly source: string;
  readonly type: Type;
  readonly expression: Expression;
  readonly checked: Checked;
  evaluate(activation: Activation, budget: Budget): Outcome;
}

export type Compiled =
  | { readonly program: Program }
  /** `message`: all issues, with their places: `ERROR: <input>:1:8: undefined field 'x'`, the line, a mark. */
  | { readonly issues: readonly Issue[]; readonly message: string };

export function compile(source: string, environment: Environment): Compiled {
  const parsed = parseExpression(source);
  if ('issues' in parsed) return { issues: parsed.issues, message: formatIssues(source, parsed.issues) };
  const checked = checkExpression(parsed.expression, environment);
  if (checked.issues.length > 0) return { issues: checked.issues, message: formatIssues(source, checked.issues) };
  return { program: createProgram(source, parsed.expression, checked) };
}

function createProgram(source: string, expression: Expression, checked: Checked): Program {
  // Planned when it is first needed: many programs are only checked.
  let plan: ReturnType<typeof planEvaluation> | undefined;
  return {
    source,
    type: checked.type,
    expression,
    checked,
    evaluate(activation, budget) {
      plan ??= planEvaluation(expression, checked);
      budget.begin();
      try {
        return { value: plan.evaluate({ activation, budget, slots: new Array(plan.slots) }) };
      } catch (error) {
        if (error instanceof BudgetError) return { error: error.message, isBudget: true };
        if (error instanceof CelError) return { error: error.message, isBudget: false };
        throw error;
      } finally {
        budget.end();
      }
    },
  };
}

/**
 * What one policy says of one request with one set of parameters (`apiserver/pkg/admission/plugin/policy/validating/validator.go`). Pure.
 */

import { Budget, type Turn } from '../../cel/budget.ts';
import { CelError } from '../../cel/errors.ts';
import type { Activation } from '../../cel/evaluate.ts';
import { MapValue, type Value } from '../../cel/values.ts';
import { evaluateConditions, evaluateExpression, OUT_OF_BUDGET } from '../matching/conditions.ts';
import { type AdmissionSteps, giveWay } from '../steps.ts';
import type { CompiledPolicy, CompiledValidation } from './compiled-policy.ts';

export interface Denial {
  /** Of the validation; the policy's failure for what could not be evaluated. */
  readonly index: number;
  readonly message: string;
  /** '' for what could not be evaluated. */
  readonly reason: string;
}

export interface Evaluation {
  /** What the binding's actions are taken for. */
  readonly denials: readonly Denial[];
  readonly auditAnnotations: readonly { readonly key: string; readonly value: string }[];
  /** Refuse whatever the actions are: an audit annotation that has no value. */
  readonly auditErrors: readonly string[];
}

const NOTHING: Evaluation = { denials: [], auditAnnotations: [], auditErrors: [] };
/** Upstream's `MaxEvaluatedMessageExpressionSizeBytes`. */
const MESSAGE_BYTES_MAX = 5 * 1024;

/** `activate`: what expressions see, with the policy's own variables. */
export function* evaluatePolicy(
  policy: CompiledPolicy,
  activate: (variables: Value | undefined) => Activation,
  turn: Turn,
): AdmissionSteps<Evaluation> {
  const failed = (message: string): Evaluation =>
    policy.fails ? { ...NOTHING, denials: [{ index: 0, message, reason: '' }] } : NOTHING;
  const matched = evaluateConditions(policy.conditions, activate(undefined), turn);
  if (matched === false) return NOTHING;
  if (matched !== true) return failed(matched.error);
  const budget = new Budget({ turn });
  const variables = policy.variables.size > 0 ? new Variables(policy, budget) : undefined;
  const activation = activate(variables);
  variables?.see(activation);
  const denials: Denial[] = [];
  for (const [index, validation] of policy.validations.entries()) {
    yield* giveWay(turn);
    const outcome = evaluateExpression(validation.expression, activation, budget);
    if (budget.remaining < 0) return failed(OUT_OF_BUDGET);
    if ('error' in outcome) {
      if (policy.fails) denials.push({ index, message: outcome.error, reason: '' });
    } else if (outcome.value !== true) {
      const { reason } = validation;
      denials.push({ index, message: messageOf(validation, activation, budget), reason });
    }
  }
  return { denials, ...(yield* annotate(policy, activation, turn)) };
}

function messageOf(validation: CompiledValidation, activation: Activation, budget: Budget): string {
  const { messageExpression, message, source } = validation;
  const outcome = messageExpression && evaluateExpression(messageExpression, activation, budget);
  const value = outcome && 'value' in outcome && typeof outcome.value === 'string' ? outcome.value.trim() : '';
  const isUsable = value !== '' && Buffer.byteLength(value) <= MESSAGE_BYTES_MAX && !value.includes('\n');
  return (isUsable ? value : message.trim()) || `failed expression: ${source.trim()}`;
}

function* annotate(
  policy: CompiledPolicy,
  activation: Activation,
  turn: Turn,
): AdmissionSteps<Omit<Evaluation, 'denials'>> {
  const auditAnnotations: { key: string; value: string }[] = [];
  const auditErrors: string[] = [];
  const budget = new Budget({ turn });
  for (const { key, expression } of policy.auditAnnotations) {
    yield* giveWay(turn);
    const outcome = evaluateExpression(expression, activation, budget);
    if ('error' in outcome) {
      if (policy.fails) auditErrors.push(outcome.error);
    } else if (typeof outcome.value === 'string' && outcome.value.trim() !== '') {
      auditAnnotations.push({ key, value: outcome.value.trim() });
    }
  }
  return { auditAnnotations, auditErrors };
}

/** `variables.x`: evaluated when it is first asked for, and once. Its cost is the request's. */
class Variables extends MapValue {
  readonly typeName = 'kubernetes.variables';
  readonly #policy: CompiledPolicy;
  readonly #budget: Budget;
  readonly #made = new Map<string, Value | CelError>();
  #activation: Activation = () => undefined;

  constructor(policy: CompiledPolicy, budget: Budget) {
    super();
    this.#policy = policy;
    this.#budget = budget;
  }

  /** Where the variables' own expressions look things up: it holds this very value. */
  see(activation: Activation): void {
    this.#activation = activation;
  }

  get size(): number {
    return this.#policy.variables.size;
  }

  get(key: Value): Value | undefined {
    if (typeof key !== 'string' || !this.has(key)) return undefined;
    const known = this.#made.get(key) ?? this.#evaluate(key);
    this.#made.set(key, known);
    if (known instanceof CelError) throw known;
    return known;
  }

  #evaluate(name: string): Value | CelError {
    const expression = this.#policy.variables.get(name)!;
    if ('problem' in expression)
      return new CelError(`composited variable "${name}" fails to compile: ${expression.problem}`);
    const outcome = expression.program.evaluate(this.#activation, this.#budget);
    if ('value' in outcome) return outcome.value;
    return new CelError(`composited variable "${name}" fails to evaluate: ${outcome.error}`);
  }

  has(key: Value): boolean {
    return typeof key === 'string' && this.#policy.variables.has(key);
  }

  keys(): string[] {
    return [...this.#policy.variables.keys()];
  }
}

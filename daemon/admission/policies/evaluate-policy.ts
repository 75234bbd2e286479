/**
 * What one policy says of one request with one set of parameters (`apiserver/pkg/admission/plugin/policy/validating/validator.go`). Pure.
 */

import { Budget, type Turn } from '../../cel/budget.ts';
import { CelError } from '../../cel/errors.ts';
import type { Activation } from '../../cel/evaluate.ts';
import { MapValue, type Value } from '../../cel/values.ts';
import { type Expression, evaluateConditions, evaluateExpression, OUT_OF_BUDGET } from '../matching/conditions.ts';
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

/** What expressions see, with the policy's own variables. */
type Activate = (scope: { variables?: Value | undefined; hasAuthorizer: boolean }) => Activation;

export function* evaluatePolicy(policy: CompiledPolicy, activate: Activate, turn: Turn): AdmissionSteps<Evaluation> {
  const failed = (message: string): Evaluation =>
    policy.fails ? { ...NOTHING, denials: [{ index: 0, message, reason: '' }] } : NOTHING;
  const matched = evaluateConditions(policy.conditions, activate({ hasAuthorizer: true }), turn);
  if (matched === false) return NOTHING;
  if (matched !== true) return failed(matched.error);
  const budget = new Budget({ turn });
  const round = { policy, activate, turn };
  const validations = policy.validations.map(({ expression }) => expression);
  const outcomes = yield* evaluateAll({ ...round, budget, hasAuthorizer: true }, validations);
  if (!outcomes) return failed(OUT_OF_BUDGET);
  const messageExpressions = policy.validations.map(({ messageExpression }) => messageExpression);
  const messages = yield* evaluateAll({ ...round, budget, hasAuthorizer: false }, messageExpressions);
  const annotationBudget = new Budget({ turn });
  const expressions = policy.auditAnnotations.map(({ expression }) => expression);
  const values = yield* evaluateAll({ ...round, budget: annotationBudget, hasAuthorizer: false }, expressions);
  // Whatever the validations have said, as upstream.
  if (!values) return failed(OUT_OF_BUDGET);
  return { denials: denialsOf(policy, outcomes, messages), ...annotationsOf(policy, values) };
}

type Outcome = ReturnType<typeof evaluateExpression>;

interface Round {
  readonly policy: CompiledPolicy;
  readonly activate: Activate;
  readonly budget: Budget;
  readonly turn: Turn;
  readonly hasAuthorizer: boolean;
}

/** Each round evaluates the variables that it needs anew, and pays for them. Undefined: the budget has run out. */
function* evaluateAll(
  { policy, activate, budget, turn, hasAuthorizer }: Round,
  expressions: readonly (Expression | undefined)[],
): AdmissionSteps<readonly (Outcome | undefined)[] | undefined> {
  if (!expressions.some((expression) => expression)) return [];
  const variables = policy.variables.size > 0 ? new Variables(policy, budget) : undefined;
  const activation = activate({ variables, hasAuthorizer });
  variables?.see(activation);
  const outcomes: (Outcome | undefined)[] = [];
  for (const expression of expressions) {
    yield* giveWay(turn);
    outcomes.push(expression && evaluateExpression(expression, activation, budget));
    if (budget.remaining < 0) return undefined;
  }
  return outcomes;
}

/** `messages`: undefined when their budget has run out. Then nothing is admitted any more, not even what is valid, as upstream. */
function denialsOf(
  { fails, validations }: CompiledPolicy,
  outcomes: readonly (Outcome | undefined)[],
  messages: readonly (Outcome | undefined)[] | undefined,
): Denial[] {
  return validations.flatMap((validation, index): Denial[] => {
    const outcome = outcomes[index]!;
    const problem =
      'error' in outcome ? outcome.error : messages ? undefined : `failed messageExpression: ${OUT_OF_BUDGET}`;
    if (problem !== undefined) return fails ? [{ index, message: problem, reason: '' }] : [];
    if ('value' in outcome && outcome.value === true) return [];
    return [{ index, message: messageOf(validation, messages?.[index]), reason: validation.reason }];
  });
}

function messageOf({ message, source }: CompiledValidation, outcome: Outcome | undefined): string {
  const value = outcome && 'value' in outcome && typeof outcome.value === 'string' ? outcome.value.trim() : '';
  const isUsable = value !== '' && Buffer.byteLength(value) <= MESSAGE_BYTES_MAX && !value.includes('\n');
  return (isUsable ? value : message.trim()) || `failed expression: ${source.trim()}`;
}

function annotationsOf(
  { fails, auditAnnotations: declared }: CompiledPolicy,
  values: readonly (Outcome | undefined)[],
): Omit<Evaluation, 'denials'> {
  const auditAnnotations: { key: string; value: string }[] = [];
  const auditErrors: string[] = [];
  for (const [index, { key }] of declared.entries()) {
    const outcome = values[index]!;
    if ('error' in outcome) {
      if (fails) auditErrors.push(outcome.error);
    } else if (typeof outcome.value === 'string' && outcome.value.trim() !== '') {
      auditAnnotations.push({ key, value: outcome.value.trim() });
    }
  }
  return { auditAnnotations, auditErrors };
}

/** `variables.x`: evaluated when it is first asked for, and once. */
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

/**
 * The rules of a Job's policies: what a Pod's failure means, when the Job has succeeded, when a Pod is replaced
 * (`pkg/apis/batch/validation`: validatePodFailurePolicy, validateSuccessPolicy, validatePodReplacementPolicy).
 */

import {
  duplicate,
  type FieldError,
  type FieldPath,
  type GoText,
  invalidValue,
  invalidWhole,
  notSupported,
  required,
  tooLong,
  tooMany,
} from '../../base/field.ts';
import { goQuote } from '../../base/go-quote.ts';
import { checkNotNegative, checkQualifiedName } from '../common/checks.ts';
import { goValue } from '../common/go-values.ts';
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from '../types.generated.ts';
import { checkIndexes } from './indexes.ts';

const RULES_MAX = 20;
const EXIT_CODES_MAX = 255;
const PATTERNS_MAX = 20;
const SUCCEEDED_INDEXES_BYTES_MAX = 64 * 1024;
const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const OPERATORS = ['In', 'NotIn'];
const STATUSES = ['False', 'True', 'Unknown'];
const REPLACEMENTS = ['Failed', 'TerminatingOrFailed'];

const validValues = (values: readonly string[]): string => `valid values: [${values.map(goQuote).join(' ')}]`;

/** One of `values`; missing ones are told which there are. */
function checkChoice(errors: FieldError[], value: string | undefined, values: readonly string[], at: FieldPath): void {
  if (!value) errors.push(required(at, validValues(values)));
  else if (!values.includes(value)) errors.push(notSupported(at, value, values));
}

export function checkPodFailurePolicy(errors: FieldError[], spec: Readonly<JobSpec>, at: FieldPath): void {
  const { rules = [] } = spec.podFailurePolicy ?? {};
  const rulesAt = at.child('rules');
  if (rules.length > RULES_MAX) errors.push(tooMany(rulesAt, rules.length, RULES_MAX));
  rules.forEach((rule, index) => {
    checkFailureRule(errors, spec, rule, rulesAt.index(index));
  });
}

function checkFailureRule(
  errors: FieldError[],
  spec: Readonly<JobSpec>,
  rule: PodFailurePolicyRule,
  at: FieldPath,
): void {
  const actionAt = at.child('action');
  if (rule.action !== 'FailIndex') checkChoice(errors, rule.action, ACTIONS, actionAt);
  else if (spec.backoffLimitPerIndex === undefined)
    errors.push(invalidValue(actionAt, rule.action, 'requires the backoffLimitPerIndex to be set'));
  const { onExitCodes, onPodConditions = [] } = rule;
  if (onExitCodes) checkExitCodes(errors, spec, onExitCodes, at.child('onExitCodes'));
  if (onPodConditions.length > 0) checkConditions(errors, onPodConditions, at.child('onPodConditions'));
  if (onExitCodes && onPodConditions.length > 0)
    errors.push(invalidWhole(at, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  if (!onExitCodes && onPodConditions.length === 0)
    errors.push(invalidWhole(at, 'specifying one of OnExitCodes and OnPodConditions is required'));
}

function checkConditions(
  errors: FieldError[],
  patterns: readonly PodFailurePolicyOnPodConditionsPattern[],
  at: FieldPath,
): void {
  if (patterns.length > PATTERNS_MAX) errors.push(tooMany(at, patterns.length, PATTERNS_MAX));
  patterns.forEach((pattern, index) => {
    checkQualifiedName(errors, at.index(index).child('type'), pattern.type ?? '');
    checkChoice(errors, pattern.status, STATUSES, at.index(index).child('status'));
  });
}

function checkExitCodes(
  errors: FieldError[],
  { template }: Readonly<JobSpec>,
  { operator, containerName, values }: PodFailurePolicyOnExitCodesRequirement,
  at: FieldPath,
): void {
  checkChoice(errors, operator, OPERATORS, at.child('operator'));
  const { containers = [], initContainers = [] } = template?.spec ?? {};
  if (containerName !== undefined && ![...containers, ...initContainers].some(({ name }) => name === containerName)) {
    const detail = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalidValue(at.child('containerName'), containerName, detail));
  }
  checkExitCodeValues(errors, operator, values ?? [], goValue('[]int32', values), at.child('values'));
}

function checkExitCodeValues(
  errors: FieldError[],
  operator: string,
  values: readonly number[],
  shown: GoText,
  at: FieldPath,
): void {
  if (values.length === 0) errors.push(invalidValue(at, shown, 'at least one value is required'));
  else if (values.length > EXIT_CODES_MAX) errors.push(tooMany(at, values.length, EXIT_CODES_MAX));
  const seen = new Set<number>();
  values.forEach((value, index) => {
    const valueAt = at.index(index);
    if (operator === 'In' && value === 0)
      errors.push(invalidValue(valueAt, value, 'must not be 0 for the In operator'));
    if (seen.has(value)) errors.push(duplicate(valueAt, value));
    seen.add(value);
  });
  if (values.some((value, index) => index > 0 && values[index - 1]! > value))
    errors.push(invalidValue(at, shown, 'must be ordered'));
}

export function checkSuccessPolicy(errors: FieldError[], spec: Readonly<JobSpec>, at: FieldPath): void {
  const { successPolicy } = spec;
  if (!successPolicy) return;
  if (spec.completionMode !== 'Indexed') {
    errors.push(invalidValue(at, goValue('batch.SuccessPolicy', successPolicy), 'requires indexed completion mode'));
    return;
  }
  const { rules = [] } = successPolicy;
  const rulesAt = at.child('rules');
  if (rules.length === 0)
    errors.push(required(rulesAt, 'at least one rules must be specified when the successPolicy is specified'));
  if (rules.length > RULES_MAX) errors.push(tooMany(rulesAt, rules.length, RULES_MAX));
  rules.forEach((rule, index) => {
    checkSuccessRule(errors, rule, spec.completions ?? 0, rulesAt.index(index));
  });
}

function checkSuccessRule(errors: FieldError[], rule: SuccessPolicyRule, completions: number, at: FieldPath): void {
  const { succeededCount: count, succeededIndexes: indexes } = rule;
  if (count === undefined && indexes === undefined)
    errors.push(required(at, 'at least one of succeededCount or succeededIndexes must be specified'));
  let total = 0;
  if (indexes !== undefined) {
    const indexesAt = at.child('succeededIndexes');
    if (Buffer.byteLength(indexes) > SUCCEEDED_INDEXES_BYTES_MAX)
      errors.push(tooLong(indexesAt, indexes, SUCCEEDED_INDEXES_BYTES_MAX));
    const checked = checkIndexes(indexes, completions);
    if (typeof checked === 'number') total = checked;
    else errors.push(invalidValue(indexesAt, indexes, `error parsing succeededIndexes: ${checked}`));
  }
  if (count === undefined) return;
  const countAt = at.child('succeededCount');
  checkNotNegative(errors, countAt, count);
  const atMost = (max: number, what: string) => `must be less than or equal to ${max} (the number of ${what})`;
  if (count > completions) errors.push(invalidValue(countAt, count, atMost(completions, 'specified completions')));
  if (indexes !== undefined && count > total)
    errors.push(invalidValue(countAt, count, atMost(total, 'indexes in the specified succeededIndexes field')));
}

export function checkPodReplacementPolicy(errors: FieldError[], spec: Readonly<JobSpec>, at: FieldPath): void {
  const { podReplacementPolicy: policy } = spec;
  if (policy === undefined) return;
  const supported = spec.podFailurePolicy ? ['Failed'] : REPLACEMENTS;
  if (!supported.includes(policy)) errors.push(notSupported(at, policy, supported));
}

/**
 * Tolerations, taints, topology spread constraints, scheduling and readiness gates.
 */

import {
  duplicate,
  type FieldError,
  type FieldPath,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../../../base/field.ts';
import { deepEqual } from '../../../base/json.ts';
import { labelValueProblems } from '../../../base/names.ts';
import type {
  LabelSelector,
  PodSchedulingGate,
  Taint,
  Toleration,
  TopologySpreadConstraint,
} from '../../types.generated.ts';
import { checkLabelSelector, checkOneOf, checkQualifiedName, POSITIVE } from '../checks.ts';
import { goValue } from '../go-values.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function checkTolerations(
  errors: FieldError[],
  tolerations: readonly Toleration[] | undefined,
  at: FieldPath,
): void {
  tolerations?.forEach((toleration, index) => {
    checkToleration(errors, toleration, at.index(index));
  });
}

function checkToleration(errors: FieldError[], toleration: Toleration, at: FieldPath): void {
  const { key = '', operator = '', value = '', effect = '', tolerationSeconds } = toleration;
  if (key) {
    checkQualifiedName(errors, at.child('key'), key);
  } else if (operator !== 'Exists') {
    const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalidValue(at.child('operator'), operator, detail));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
    errors.push(invalidValue(at.child('effect'), effect, detail));
  }
  if (operator === '' || operator === 'Equal') {
    const problems = labelValueProblems(value);
    if (problems.length > 0) errors.push(invalidValue(at.child('operator'), value, problems.join(';')));
  } else if (operator === 'Exists') {
    if (value)
      errors.push(
        invalidValue(
          at.child('operator'),
          goValue('core.Toleration', toleration),
          "value must be empty when `operator` is 'Exists'",
        ),
      );
  } else {
    errors.push(notSupported(at.child('operator'), operator, ['Equal', 'Exists']));
  }
  if (effect) checkOneOf(errors, at.child('effect'), effect, EFFECTS);
}

/** An update may add tolerations; of those that stand only `tolerationSeconds` may change. */
export function checkOnlyAddedTolerations(
  errors: FieldError[],
  tolerations: readonly Toleration[] = [],
  old: readonly Toleration[] = [],
  at: FieldPath,
): void {
  const withoutSeconds = (toleration: Toleration) => ({ ...toleration, tolerationSeconds: undefined });
  const kept = old.every((one) => tolerations.some((now) => deepEqual(withoutSeconds(one), withoutSeconds(now))));
  if (!kept) {
    errors.push(forbiddenField(at, 'existing toleration can not be modified except its tolerationSeconds'));
    return;
  }
  checkTolerations(errors, tolerations, at);
}

/** Taints of a Node: unique by key and effect. */
export function checkTaints(errors: FieldError[], taints: readonly Taint[] | undefined, at: FieldPath): void {
  const seen = new Set<string>();
  taints?.forEach((taint, index) => {
    const entry = at.index(index);
    checkQualifiedName(errors, entry.child('key'), taint.key ?? '');
    const problems = labelValueProblems(taint.value ?? '');
    if (problems.length > 0) errors.push(invalidValue(entry.child('value'), taint.value, problems.join(';')));
    if (!taint.effect) errors.push(required(entry.child('effect')));
    else checkOneOf(errors, entry.child('effect'), taint.effect, EFFECTS);
    const identity = `${taint.effect} ${taint.key}`;
    if (seen.has(identity)) {
      errors.push({
        ...duplicate(entry, goValue('core.Taint', taint)),
        detail: 'taints must be unique by key and effect pair',
      });
    }
    seen.add(identity);
  });
}

export function checkTopologySpread(
  errors: FieldError[],
  constraints: readonly TopologySpreadConstraint[] | undefined,
  at: FieldPath,
): void {
  constraints?.forEach((constraint, index) => {
    const entry = at.index(index);
    const { maxSkew, topologyKey, whenUnsatisfiable, labelSelector } = constraint;
    if (!(maxSkew > 0)) errors.push(invalidValue(entry.child('maxSkew'), maxSkew ?? 0, POSITIVE));
    if (!topologyKey) errors.push(required(entry.child('topologyKey'), 'can not be empty'));
    checkOneOf(errors, entry.child('whenUnsatisfiable'), whenUnsatisfiable ?? '', ['DoNotSchedule', 'ScheduleAnyway']);
    const repeated = constraints
      .slice(index + 1)
      .some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable);
    if (repeated) {
      errors.push(duplicate(entry.child('{topologyKey, whenUnsatisfiable}'), `{${topologyKey}, ${whenUnsatisfiable}}`));
    }
    checkMinDomains(errors, constraint, entry.child('minDomains'));
    for (const policy of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
      const value = constraint[policy];
      if (value !== undefined) checkOneOf(errors, entry.child(policy), value, ['Honor', 'Ignore']);
    }
    checkSpreadKeys(errors, constraint.matchLabelKeys ?? [], labelSelector, entry.child('matchLabelKeys'));
    checkLabelSelector(errors, labelSelector, entry.child('labelSelector'));
  });
}

function checkMinDomains(errors: FieldError[], constraint: TopologySpreadConstraint, at: FieldPath): void {
  const { minDomains, whenUnsatisfiable } = constraint;
  if (minDomains === undefined) return;
  if (minDomains <= 0) errors.push(invalidValue(at, minDomains, POSITIVE));
  if (whenUnsatisfiable !== 'DoNotSchedule') {
    const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
    errors.push(invalidValue(at, minDomains, detail));
  }
}

function checkSpreadKeys(
  errors: FieldError[],
  keys: readonly string[],
  selector: LabelSelector | undefined,
  at: FieldPath,
): void {
  if (keys.length === 0) return;
  if (!selector) errors.push(forbiddenField(at, 'must not be specified when labelSelector is not set'));
  const selected = new Set([
    ...Object.keys(selector?.matchLabels ?? {}),
    ...(selector?.matchExpressions ?? []).map(({ key }) => key),
  ]);
  keys.forEach((key, index) => {
    checkQualifiedName(errors, at.index(index), key);
    if (selected.has(key)) {
      errors.push(invalidValue(at.index(index), key, 'exists in both matchLabelKeys and labelSelector'));
    }
  });
}

export function checkSchedulingGates(
  errors: FieldError[],
  gates: readonly PodSchedulingGate[] | undefined,
  at: FieldPath,
): void {
  const seen = new Set<string>();
  gates?.forEach(({ name = '' }, index) => {
    checkQualifiedName(errors, at.index(index), name);
    if (seen.has(name)) errors.push(duplicate(at.index(index), name));
    seen.add(name);
  });
}

/** An update may only remove gates. */
export function checkOnlyDeletedGates(
  errors: FieldError[],
  gates: readonly PodSchedulingGate[] = [],
  old: readonly PodSchedulingGate[] = [],
  at: FieldPath,
): void {
  gates.forEach(({ name }, index) => {
    if (old.some((gate) => gate.name === name)) return;
    const detail = `only deletion is allowed, but found new scheduling gate '${name}'`;
    errors.push(forbiddenField(at.index(index).child('name'), detail));
  });
}

/**
 * Node affinity, Pod affinity and anti-affinity; the node selector's terms also serve other kinds.
 */

import { type FieldError, type FieldPath, forbiddenField, invalidValue, required } from '../../../base/field.ts';
import { dns1123LabelProblems } from '../../../base/names.ts';
import type {
  Affinity,
  LabelSelector,
  NodeAffinity,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
} from '../../types.generated.ts';
import { checkLabelSelector, checkOperatorValues, checkProblems, checkQualifiedName } from '../checks.ts';
import { subdomainName } from '../names.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

export function checkAffinity(errors: FieldError[], affinity: Affinity | undefined, at: FieldPath): void {
  if (!affinity) return;
  if (affinity.nodeAffinity) checkNodeAffinity(errors, affinity.nodeAffinity, at.child('nodeAffinity'));
  if (affinity.podAffinity) checkPodAffinity(errors, affinity.podAffinity, at.child('podAffinity'));
  if (affinity.podAntiAffinity) checkPodAffinity(errors, affinity.podAntiAffinity, at.child('podAntiAffinity'));
}

function checkWeight(errors: FieldError[], weight: number | undefined, at: FieldPath): void {
  if (weight !== undefined && weight >= 1 && weight <= 100) return;
  errors.push(invalidValue(at.child('weight'), weight ?? 0, 'must be in the range 1-100'));
}

function checkNodeAffinity(errors: FieldError[], affinity: NodeAffinity, at: FieldPath): void {
  const selector = affinity[REQUIRED];
  if (selector) {
    const terms = at.child(REQUIRED, 'nodeSelectorTerms');
    if (!selector.nodeSelectorTerms?.length) {
      errors.push(required(terms, 'must have at least one node selector term'));
    }
    selector.nodeSelectorTerms?.forEach((term, index) => {
      checkNodeSelectorTerm(errors, term, terms.index(index));
    });
  }
  affinity[PREFERRED]?.forEach((term, index) => {
    const entry = at.child(PREFERRED).index(index);
    checkWeight(errors, term.weight, entry);
    checkNodeSelectorTerm(errors, term.preference ?? {}, entry.child('preference'));
  });
}

function checkNodeSelectorTerm(errors: FieldError[], term: NodeSelectorTerm, at: FieldPath): void {
  term.matchExpressions?.forEach((expression, index) => {
    checkNodeExpression(errors, expression, at.child('matchExpressions').index(index));
  });
  term.matchFields?.forEach((expression, index) => {
    checkNodeField(errors, expression, at.child('matchFields').index(index));
  });
}

function checkNodeExpression(errors: FieldError[], expression: NodeSelectorRequirement, at: FieldPath): void {
  const { operator, values = [], key } = expression;
  if (operator === 'Gt' || operator === 'Lt') {
    if (values.length !== 1) {
      errors.push(required(at.child('values'), "must be specified single value when `operator` is 'Lt' or 'Gt'"));
    }
  } else {
    checkOperatorValues(errors, operator, values, at);
  }
  checkQualifiedName(errors, at.child('key'), key ?? '');
}

function checkNodeField(errors: FieldError[], expression: NodeSelectorRequirement, at: FieldPath): void {
  const { operator, values = [], key } = expression;
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length !== 1) {
      const detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
      errors.push(required(at.child('values'), detail));
    }
  } else {
    errors.push(invalidValue(at.child('operator'), operator ?? '', 'not a valid selector operator'));
  }
  if (key !== 'metadata.name') {
    errors.push(invalidValue(at.child('key'), key ?? '', 'not a valid field selector key'));
    return;
  }
  values.forEach((value, index) => {
    checkProblems(errors, at.child('values').index(index), value, subdomainName(value, false));
  });
}

function checkPodAffinity(errors: FieldError[], affinity: PodAffinity, at: FieldPath): void {
  affinity[REQUIRED]?.forEach((term, index) => {
    checkPodAffinityTerm(errors, term, at.child(REQUIRED).index(index));
  });
  affinity[PREFERRED]?.forEach((weighted, index) => {
    const entry = at.child(PREFERRED).index(index);
    checkWeight(errors, weighted.weight, entry);
    checkPodAffinityTerm(errors, weighted.podAffinityTerm ?? { topologyKey: '' }, entry.child('podAffinityTerm'));
  });
}

function checkPodAffinityTerm(errors: FieldError[], term: PodAffinityTerm, at: FieldPath): void {
  checkLabelSelector(errors, term.labelSelector, at.child('labelSelector'));
  checkLabelSelector(errors, term.namespaceSelector, at.child('namespaceSelector'));
  for (const name of term.namespaces ?? []) {
    checkProblems(errors, at.child('namespace'), name, dns1123LabelProblems(name));
  }
  checkLabelKeys(errors, term, at);
  if (!term.topologyKey) errors.push(required(at.child('topologyKey'), 'can not be empty'));
  checkQualifiedName(errors, at.child('topologyKey'), term.topologyKey ?? '');
}

function checkLabelKeys(errors: FieldError[], term: PodAffinityTerm, at: FieldPath): void {
  const { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector } = term;
  checkKeyNames(errors, matchLabelKeys, labelSelector, at.child('matchLabelKeys'));
  checkKeyNames(errors, mismatchLabelKeys, labelSelector, at.child('mismatchLabelKeys'));
  if (labelSelector) {
    const seen = new Set(Object.keys(labelSelector.matchLabels ?? {}));
    for (const { key } of labelSelector.matchExpressions ?? []) {
      const index = matchLabelKeys.lastIndexOf(key);
      if (index >= 0 && seen.has(key)) {
        errors.push(invalidValue(at.index(index), key, 'exists in both matchLabelKeys and labelSelector'));
      }
      seen.add(key);
    }
  }
  matchLabelKeys.forEach((key, index) => {
    if (!mismatchLabelKeys.includes(key)) return;
    const detail = 'exists in both matchLabelKeys and mismatchLabelKeys';
    errors.push(invalidValue(at.child('matchLabelKeys').index(index), key, detail));
  });
}

function checkKeyNames(
  errors: FieldError[],
  keys: readonly string[],
  selector: LabelSelector | undefined,
  at: FieldPath,
): void {
  if (keys.length === 0) return;
  if (!selector) {
    errors.push(forbiddenField(at, 'must not be specified when labelSelector is not set'));
    return;
  }
  keys.forEach((key, index) => {
    checkQualifiedName(errors, at.index(index), key);
  });
}

/**
 * What a start does to a default role or binding that is there already (`component-helpers/auth/rbac/reconciliation`): what is missing is added,
 * nothing that people added is taken away, and what is annotated `autoupdate: "false"` is theirs. Pure.
 */

import { deepEqual } from '../base/json.ts';
import type { DefaultBinding, DefaultRole } from './default-roles.ts';
import { AUTOUPDATE } from './default-roles.ts';
import type { PolicyRule, Subject } from './rbac.ts';
import { missingRuleParts } from './rule-coverage.ts';
import { ALL, rule } from './rule-notation.ts';

export interface Reconciled<T> {
  readonly object: T;
  /** What is there cannot be changed into it, and goes first. */
  readonly replace: boolean;
}

/** Undefined when the role will do as it is. */
export function reconcileRole(live: DefaultRole, wanted: DefaultRole): Reconciled<DefaultRole> | undefined {
  if (isTakenOver(live)) return undefined;
  // What a role gathers is the aggregation controller's.
  const retired = RETIRED_RULES[wanted.metadata?.name ?? ''] ?? [];
  const kept = (live.rules ?? []).filter((one) => !retired.some((gone) => deepEqual(gone, one)));
  const missing: readonly PolicyRule[] = wanted.aggregationRule ? [] : missingRuleParts(kept, wanted.rules);
  const selectors = live.aggregationRule?.clusterRoleSelectors ?? [];
  const missingSelectors = (wanted.aggregationRule?.clusterRoleSelectors ?? []).filter(
    (one) => !selectors.some((present) => deepEqual(present, one)),
  );
  const metadata = mergedMetadata(live, wanted);
  const isFine = missing.length === 0 && missingSelectors.length === 0 && kept.length === (live.rules ?? []).length;
  if (isFine && !metadata) return undefined;
  const object = {
    ...live,
    metadata: metadata ?? live.metadata,
    rules: [...kept, ...missing],
    ...(missingSelectors.length > 0
      ? { aggregationRule: { clusterRoleSelectors: [...selectors, ...missingSelectors] } }
      : {}),
  };
  return { object, replace: false };
}

/** The same for a binding; `replace` when it names another role, which cannot be changed. */
export function reconcileBinding(live: DefaultBinding, wanted: DefaultBinding): Reconciled<DefaultBinding> | undefined {
  if (isTakenOver(live)) return undefined;
  if (!deepEqual(live.roleRef, wanted.roleRef)) return { object: wanted, replace: true };
  const retired = RETIRED_SUBJECTS[wanted.metadata?.name ?? ''] ?? [];
  const subjects = (live.subjects ?? []).filter((one) => !retired.some((gone) => isSame(gone, one)));
  const missing = wanted.subjects.filter((one) => !subjects.some((present) => isSame(present, one)));
  const metadata = mergedMetadata(live, wanted);
  if (missing.length === 0 && subjects.length === (live.subjects ?? []).length && !metadata) return undefined;
  const object = { ...live, metadata: metadata ?? live.metadata, subjects: [...subjects, ...missing] };
  return { object, replace: false };
}

/** What earlier releases bound and what would now be too much: nodes have their rights one by one. */
const RETIRED_SUBJECTS: Readonly<Record<string, readonly Subject[]>> = {
  'system:node': [{ kind: 'Group', name: 'system:nodes' }],
};

/** What earlier releases granted when all controllers were one user. */
const RETIRED_RULES: Readonly<Record<string, readonly PolicyRule[]>> = {
  'system:kube-controller-manager': [
    rule('*', '*', ALL),
    rule('rbac.authorization.k8s.io', 'clusterroles', 'escalate'),
    rule('certificates.k8s.io', 'signers', 'approve sign', 'kubernetes.io/*'),
  ],
};

const isTakenOver = ({ metadata }: DefaultRole | DefaultBinding): boolean =>
  metadata?.annotations?.[AUTOUPDATE] === 'false';

const isSame = (one: Subject, other: Subject): boolean =>
  one.kind === other.kind && one.name === other.name && (one.namespace ?? '') === (other.namespace ?? '');

/** Undefined when every label and annotation that is wanted is there. */
function mergedMetadata(live: DefaultRole | DefaultBinding, wanted: DefaultRole | DefaultBinding) {
  const labels = { ...wanted.metadata?.labels, ...live.metadata?.labels };
  const annotations = { ...wanted.metadata?.annotations, ...live.metadata?.annotations };
  const isThere =
    deepEqual(labels, live.metadata?.labels ?? {}) && deepEqual(annotations, live.metadata?.annotations ?? {});
  return isThere ? undefined : { ...live.metadata, labels, annotations };
}

/**
 * The rules of a ReplicaSet (`pkg/apis/apps/validation`).
 */

import { type FieldError, path } from '../../base/field.ts';
import { checkNotNegative } from '../common/checks.ts';
import { checkImmutable, newMetadataErrors, ownMetadataErrors } from '../common/metadata.ts';
import { subdomainName } from '../common/names.ts';
import { checkReplicaCounts, checkSelectorAndTemplate } from '../common/workload.ts';
import type { ReplicaSet, ReplicaSetSpec } from '../types.generated.ts';

const SPEC = path('spec');
const COUNTS = [
  'replicas',
  'fullyLabeledReplicas',
  'readyReplicas',
  'availableReplicas',
  'observedGeneration',
] as const;

export function validate(set: Readonly<ReplicaSet>): FieldError[] {
  const errors: FieldError[] = [];
  const spec = set.spec ?? ({} as ReplicaSetSpec);
  checkNotNegative(errors, SPEC.child('replicas'), spec.replicas);
  checkNotNegative(errors, SPEC.child('minReadySeconds'), spec.minReadySeconds);
  checkSelectorAndTemplate(errors, spec, SPEC);
  return errors;
}

export function validateUpdate(set: Readonly<ReplicaSet>, old: Readonly<ReplicaSet>): FieldError[] {
  // Upstream judges the new object as one, and once more as an update: what is wrong is told twice.
  const asNew = [...newMetadataErrors(set, subdomainName), ...validate(set)];
  const errors = [...asNew, ...ownMetadataErrors(set, old), ...validate(set)];
  checkImmutable(errors, set.spec?.selector, old.spec?.selector, SPEC.child('selector'), 'v1.LabelSelector');
  return errors;
}

export function validateStatusUpdate(set: Readonly<ReplicaSet>, old: Readonly<ReplicaSet>): FieldError[] {
  const errors = ownMetadataErrors(set, old);
  const status = set.status ?? { replicas: 0 };
  checkReplicaCounts(errors, status, path('status'), COUNTS, [
    'fullyLabeledReplicas',
    'readyReplicas',
    'availableReplicas',
  ]);
  return errors;
}

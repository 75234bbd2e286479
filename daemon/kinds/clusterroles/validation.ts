/**
 * The rules of a ClusterRole.
 */

import { type FieldError, invalidValue, path, required } from '../../base/field.ts';
import { checkLabelSelector } from '../common/checks.ts';
import { newMetadataErrors, ownMetadataErrors } from '../common/metadata.ts';
import { pathSegmentName } from '../common/names.ts';
import { checkRules } from '../common/rbac.ts';
import type { ClusterRole } from '../types.generated.ts';

export function validate(role: Readonly<ClusterRole>): FieldError[] {
  const errors: FieldError[] = [];
  checkRules(errors, role.rules, false);
  if (!role.aggregationRule) return errors;
  const at = path('aggregationRule').child('clusterRoleSelectors');
  const selectors = role.aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) {
    errors.push(required(at, 'at least one clusterRoleSelector required if aggregationRule is non-nil'));
  }
  selectors.forEach((selector, index) => {
    const before = errors.length;
    checkLabelSelector(errors, selector, at.index(index));
    // Upstream makes a selector of it too, and tells of the one that there is not.
    if (errors.length > before) errors.push(invalidValue(at.index(index), 'null', 'invalid label selector.'));
  });
  return errors;
}

export function validateUpdate(role: Readonly<ClusterRole>, old: Readonly<ClusterRole>): FieldError[] {
  // Upstream judges the new object as one, and once more as an update: what is wrong is told twice.
  const asNew = [...newMetadataErrors(role, pathSegmentName, false), ...validate(role)];
  return [...asNew, ...asNew, ...ownMetadataErrors(role, old)];
}

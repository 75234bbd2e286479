/**
 * The rules of a ClusterRoleBinding.
 */

import type { FieldError } from '../../base/field.ts';
import { newMetadataErrors, ownMetadataErrors } from '../common/metadata.ts';
import { pathSegmentName } from '../common/names.ts';
import { checkBinding, checkRoleRefUnchanged } from '../common/rbac.ts';
import type { ClusterRoleBinding } from '../types.generated.ts';

export function validate(binding: Readonly<ClusterRoleBinding>): FieldError[] {
  return checkBinding(binding, ['ClusterRole'], false);
}

export function validateUpdate(binding: Readonly<ClusterRoleBinding>, old: Readonly<ClusterRoleBinding>): FieldError[] {
  // Upstream judges the new object as one, and once more as an update: what is wrong is told twice.
  const asNew = [...newMetadataErrors(binding, pathSegmentName, false), ...validate(binding)];
  const errors = [...asNew, ...asNew, ...ownMetadataErrors(binding, old)];
  checkRoleRefUnchanged(errors, binding, old);
  return errors;
}

/**
 * The rules of a RoleBinding.
 */

import type { FieldError } from '../../base/field.ts';
import { newMetadataErrors, ownMetadataErrors } from '../common/metadata.ts';
import { pathSegmentName } from '../common/names.ts';
import { checkBinding, checkRoleRefUnchanged } from '../common/rbac.ts';
import type { RoleBinding } from '../types.generated.ts';

export function validate(binding: Readonly<RoleBinding>): FieldError[] {
  return checkBinding(binding, ['Role', 'ClusterRole'], true);
}

export function validateUpdate(binding: Readonly<RoleBinding>, old: Readonly<RoleBinding>): FieldError[] {
  // Upstream judges the new object as one, and once more as an update: what is wrong is told twice.
  const asNew = [...newMetadataErrors(binding, pathSegmentName, true), ...validate(binding)];
  const errors = [...asNew, ...asNew, ...ownMetadataErrors(binding, old)];
  checkRoleRefUnchanged(errors, binding, old);
  return errors;
}

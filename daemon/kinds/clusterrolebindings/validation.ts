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
  const errors = [
    ...newMetadataErrors(binding, pathSegmentName, false),
    ...validate(binding),
    ...ownMetadataErrors(binding, old),
  ];
  checkRoleRefUnchanged(errors, binding, old);
  return errors;
}

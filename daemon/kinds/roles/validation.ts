/**
 * The rules of a Role.
 */

import type { FieldError } from '../../base/field.ts';
import { newMetadataErrors, ownMetadataErrors } from '../common/metadata.ts';
import { pathSegmentName } from '../common/names.ts';
import { checkRules } from '../common/rbac.ts';
import type { Role } from '../types.generated.ts';

export function validate(role: Readonly<Role>): FieldError[] {
  const errors: FieldError[] = [];
  checkRules(errors, role.rules, true);
  return errors;
}

export function validateUpdate(role: Readonly<Role>, old: Readonly<Role>): FieldError[] {
  // Upstream judges the new object as one, and once more as an update: what is wrong is told twice.
  const asNew = [...newMetadataErrors(role, pathSegmentName), ...validate(role)];
  return [...asNew, ...asNew, ...ownMetadataErrors(role, old)];
}

/**
 * What a RoleBinding is.
 */

import { pathSegmentName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { ROLE_BINDINGS } from '../resources.ts';
import type { RoleBinding } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const roleBinding = defineKind<RoleBinding>({
  resource: ROLE_BINDINGS,
  setDefaults,
  validate,
  validateUpdate,
  validateName: pathSegmentName,
  table,
});

/**
 * What a Role is.
 */

import { pathSegmentName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { ROLES } from '../resources.ts';
import type { Role } from '../types.generated.ts';
import { prepare, setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const role = defineKind<Role>({
  resource: ROLES,
  setDefaults,
  prepareForCreate: prepare,
  prepareForUpdate: prepare,
  validate,
  validateUpdate,
  validateName: pathSegmentName,
  table,
});

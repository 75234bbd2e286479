/**
 * What a ValidatingAdmissionPolicy is.
 */

import { subdomainName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { VALIDATING_ADMISSION_POLICIES } from '../resources.ts';
import type { ValidatingAdmissionPolicy } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { prepareForCreate, prepareForStatusUpdate, prepareForUpdate } from './strategy.ts';
import { table } from './table.ts';
import { validate, validateStatusUpdate, validateUpdate } from './validation.ts';

export const validatingAdmissionPolicy = defineKind<ValidatingAdmissionPolicy>({
  resource: VALIDATING_ADMISSION_POLICIES,
  categories: ['api-extensions'],
  hasStatus: true,
  hasGeneration: true,
  setDefaults,
  prepareForCreate,
  prepareForUpdate,
  prepareForStatusUpdate,
  validate,
  validateUpdate,
  validateStatusUpdate,
  validateName: subdomainName,
  takesAnyFinalizer: true,
  table,
});

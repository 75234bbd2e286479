/**
 * What a ValidatingAdmissionPolicyBinding is.
 */

import { subdomainName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { VALIDATING_ADMISSION_POLICY_BINDINGS } from '../resources.ts';
import type { ValidatingAdmissionPolicyBinding } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const validatingAdmissionPolicyBinding = defineKind<ValidatingAdmissionPolicyBinding>({
  resource: VALIDATING_ADMISSION_POLICY_BINDINGS,
  categories: ['api-extensions'],
  hasGeneration: true,
  setDefaults,
  validate,
  validateUpdate,
  validateName: subdomainName,
  takesAnyFinalizer: true,
  table,
});

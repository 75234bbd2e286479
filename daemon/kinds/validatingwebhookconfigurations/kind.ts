/**
 * What a ValidatingWebhookConfiguration is.
 */

import { subdomainName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { VALIDATING_WEBHOOK_CONFIGURATIONS } from '../resources.ts';
import type { ValidatingWebhookConfiguration } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const validatingWebhookConfiguration = defineKind<ValidatingWebhookConfiguration>({
  resource: VALIDATING_WEBHOOK_CONFIGURATIONS,
  categories: ['api-extensions'],
  hasGeneration: true,
  setDefaults,
  validate,
  validateUpdate,
  validateName: subdomainName,
  takesAnyFinalizer: true,
  table,
});

/**
 * What a MutatingWebhookConfiguration is.
 */

import { subdomainName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { MUTATING_WEBHOOK_CONFIGURATIONS } from '../resources.ts';
import type { MutatingWebhookConfiguration } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const mutatingWebhookConfiguration = defineKind<MutatingWebhookConfiguration>({
  resource: MUTATING_WEBHOOK_CONFIGURATIONS,
  categories: ['api-extensions'],
  hasGeneration: true,
  setDefaults,
  validate,
  validateUpdate,
  validateName: subdomainName,
  takesAnyFinalizer: true,
  table,
});

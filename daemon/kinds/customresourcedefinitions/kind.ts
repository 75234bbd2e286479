/**
 * What a CustomResourceDefinition is. What it makes stands in `kinds/custom/`.
 */

import { subdomainName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../resources.ts';
import type { CustomResourceDefinition } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { prepareForCreate, prepareForStatusUpdate, prepareForUpdate } from './strategy.ts';
import { table } from './table.ts';
import { validate, validateInTurns, validateStatusUpdate, validateUpdate } from './validation.ts';

export const customResourceDefinition = defineKind<CustomResourceDefinition>({
  resource: CUSTOM_RESOURCE_DEFINITIONS,
  shortNames: ['crd', 'crds'],
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
  validateInTurns,
  validateName: subdomainName,
  takesAnyFinalizer: true,
  table,
});

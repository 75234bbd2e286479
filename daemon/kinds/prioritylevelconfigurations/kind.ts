/**
 * What a PriorityLevelConfiguration is.
 */

import { subdomainName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { PRIORITY_LEVEL_CONFIGURATIONS } from '../resources.ts';
import type { PriorityLevelConfiguration } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { prepareForCreate, prepareForStatusUpdate, prepareForUpdate } from './strategy.ts';
import { table } from './table.ts';
import { validate, validateStatusUpdate, validateUpdate } from './validation.ts';

export const priorityLevelConfiguration = defineKind<PriorityLevelConfiguration>({
  resource: PRIORITY_LEVEL_CONFIGURATIONS,
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
  table,
});

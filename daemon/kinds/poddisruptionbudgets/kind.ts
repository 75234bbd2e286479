/**
 * What a PodDisruptionBudget is. Who keeps to it: `api/rest/eviction.ts`; who counts: `controllers/disruption/`.
 */

import { pathSegmentName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { POD_DISRUPTION_BUDGETS } from '../resources.ts';
import type { PodDisruptionBudget } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { prepareForCreate, prepareForStatusUpdate, prepareForUpdate } from './strategy.ts';
import { table } from './table.ts';
import { validate, validateStatusUpdate, validateUpdate } from './validation.ts';

export const podDisruptionBudget = defineKind<PodDisruptionBudget>({
  resource: POD_DISRUPTION_BUDGETS,
  shortNames: ['pdb'],
  hasStatus: true,
  hasGeneration: true,
  setDefaults,
  prepareForCreate,
  prepareForUpdate,
  prepareForStatusUpdate,
  validate,
  validateUpdate,
  validateStatusUpdate,
  validateName: pathSegmentName,
  takesAnyFinalizer: true,
  judgesMetadataLast: true,
  table,
});

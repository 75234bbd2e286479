/**
 * What a ClusterRole is.
 */

import { pathSegmentName } from '../common/names.ts';
import { keepAsIs } from '../common/strategy.ts';
import type { Kind } from '../kind.ts';
import { CLUSTER_ROLES } from '../resources.ts';
import type { ClusterRole } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const clusterRole: Kind<ClusterRole> = {
  resource: CLUSTER_ROLES,
  singular: 'clusterrole',
  shortNames: [],
  categories: [],
  hasStatus: false,
  hasGeneration: false,
  stored: true,
  setDefaults,
  prepareForCreate: keepAsIs,
  prepareForUpdate: keepAsIs,
  validate,
  validateUpdate,
  validateName: pathSegmentName,
  table,
  fieldSelectors: {},
};

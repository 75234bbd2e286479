/**
 * What a ClusterRoleBinding is.
 */

import { pathSegmentName } from '../common/names.ts';
import { keepAsIs } from '../common/strategy.ts';
import type { Kind } from '../kind.ts';
import { CLUSTER_ROLE_BINDINGS } from '../resources.ts';
import type { ClusterRoleBinding } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const clusterRoleBinding: Kind<ClusterRoleBinding> = {
  resource: CLUSTER_ROLE_BINDINGS,
  singular: 'clusterrolebinding',
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

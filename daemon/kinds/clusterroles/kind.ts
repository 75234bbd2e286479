/**
 * What a ClusterRole is.
 */

import { pathSegmentName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { CLUSTER_ROLES } from '../resources.ts';
import type { ClusterRole } from '../types.generated.ts';
import { prepare, setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const clusterRole = defineKind<ClusterRole>({
  resource: CLUSTER_ROLES,
  setDefaults,
  prepareForCreate: prepare,
  prepareForUpdate: prepare,
  validate,
  validateUpdate,
  validateName: pathSegmentName,
  table,
});

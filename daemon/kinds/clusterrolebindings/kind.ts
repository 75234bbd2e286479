/**
 * What a ClusterRoleBinding is.
 */

import { pathSegmentName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { CLUSTER_ROLE_BINDINGS } from '../resources.ts';
import type { ClusterRoleBinding } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const clusterRoleBinding = defineKind<ClusterRoleBinding>({
  resource: CLUSTER_ROLE_BINDINGS,
  setDefaults,
  validate,
  validateUpdate,
  validateName: pathSegmentName,
  table,
});

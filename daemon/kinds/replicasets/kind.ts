/**
 * What a ReplicaSet is.
 */

import { path } from '../../base/field.ts';
import { formatSelector, selectorOf } from '../../base/selector.ts';
import { subdomainName } from '../common/names.ts';
import { unsupportedInTemplate } from '../common/pod/unsupported.ts';
import { templateWarnings } from '../common/workload.ts';
import { defineKind } from '../define-kind.ts';
import { REPLICA_SETS } from '../resources.ts';
import type { ReplicaSet } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { prepareForCreate, prepareForStatusUpdate, prepareForUpdate } from './strategy.ts';
import { table } from './table.ts';
import { validate, validateStatusUpdate, validateUpdate } from './validation.ts';

const TEMPLATE = path('spec').child('template');

export const replicaSet = defineKind<ReplicaSet>({
  resource: REPLICA_SETS,
  shortNames: ['rs'],
  categories: ['all'],
  hasStatus: true,
  scale: {
    replicas: ({ spec }) => spec?.replicas ?? 0,
    statusReplicas: ({ status }) => status?.replicas ?? 0,
    selector: ({ spec }) => formatSelector(selectorOf(spec?.selector) ?? []),
    setReplicas(object, replicas) {
      object.spec = { ...object.spec!, replicas };
    },
  },
  hasGeneration: true,
  setDefaults,
  prepareForCreate,
  prepareForUpdate,
  prepareForStatusUpdate,
  validate,
  validateUpdate,
  validateStatusUpdate,
  validateName: subdomainName,
  unsupported: ({ spec }) => unsupportedInTemplate(spec?.template ?? {}, TEMPLATE),
  warnings: templateWarnings,
  table,
  fieldSelectors: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
});

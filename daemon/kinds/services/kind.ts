/**
 * What a Service is. Addresses and node ports are given by the allocator (`admission/`).
 */

import { forbiddenField, path } from '../../base/field.ts';
import { dns1035Name } from '../common/names.ts';
import { NOT_SUPPORTED_YET } from '../common/pod/unsupported.ts';
import { defineKind } from '../define-kind.ts';
import { SERVICES } from '../resources.ts';
import type { Service } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { prepareForCreate, prepareForStatusUpdate, prepareForUpdate } from './strategy.ts';
import { table } from './table.ts';
import { validate, validateStatusUpdate, validateUpdate } from './validation.ts';
import { warnings } from './warnings.ts';

export const service = defineKind<Service>({
  resource: SERVICES,
  shortNames: ['svc'],
  categories: ['all'],
  hasStatus: true,
  setDefaults,
  prepareForCreate,
  prepareForUpdate,
  prepareForStatusUpdate,
  validate,
  validateUpdate,
  validateStatusUpdate,
  validateName: dns1035Name,
  unsupported: ({ spec }) =>
    spec?.trafficDistribution ? [forbiddenField(path('spec').child('trafficDistribution'), NOT_SUPPORTED_YET)] : [],
  warnings,
  table,
  fieldSelectors: {
    'spec.clusterIP': ({ spec }) => spec?.clusterIP ?? '',
    'spec.type': ({ spec }) => spec?.type ?? '',
  },
});

/**
 * What a ResourceQuota is. What counts towards one: `kinds/common/quota/`; who keeps to it: `admission/quota/`.
 */

import { subdomainName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { RESOURCE_QUOTAS } from '../resources.ts';
import type { ResourceQuota } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { prepareForCreate, prepareForStatusUpdate, prepareForUpdate } from './strategy.ts';
import { table } from './table.ts';
import { validate, validateStatusUpdate, validateUpdate } from './validation.ts';

export const resourceQuota = defineKind<ResourceQuota>({
  resource: RESOURCE_QUOTAS,
  shortNames: ['quota'],
  hasStatus: true,
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

/**
 * What a LimitRange is. What it does to Pods: `admission/plugins/limit-ranger.ts`.
 */

import { subdomainName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { LIMIT_RANGES } from '../resources.ts';
import type { LimitRange } from '../types.generated.ts';
import { prepare, setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const limitRange = defineKind<LimitRange>({
  resource: LIMIT_RANGES,
  shortNames: ['limits'],
  setDefaults,
  prepareForCreate: prepare,
  prepareForUpdate: prepare,
  validate,
  validateUpdate,
  validateName: subdomainName,
  namesItself: true,
  table,
});

/**
 * What ComponentStatuses are: how the parts of the control plane are at this moment, told and not kept.
 */

import { pathSegmentName } from '../common/names.ts';
import { keepAsIs } from '../common/strategy.ts';
import { defineKind } from '../define-kind.ts';
import { COMPONENT_STATUSES } from '../resources.ts';
import type { ComponentStatus } from '../types.generated.ts';
import { table } from './table.ts';
import { validate } from './validation.ts';

export const componentStatus = defineKind<ComponentStatus>({
  resource: COMPONENT_STATUSES,
  shortNames: ['cs'],
  verbs: ['get', 'list'],
  stored: false,
  measured: true,
  deprecated: 'v1 ComponentStatus is deprecated in v1.19+',
  setDefaults: keepAsIs,
  validate,
  validateUpdate: validate,
  validateName: pathSegmentName,
  table,
});

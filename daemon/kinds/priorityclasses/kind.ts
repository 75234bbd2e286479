/**
 * What a PriorityClass is.
 */

import { subdomainName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { PRIORITY_CLASSES } from '../resources.ts';
import type { PriorityClass } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { prepareForCreate } from './strategy.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const priorityClass = defineKind<PriorityClass>({
  resource: PRIORITY_CLASSES,
  shortNames: ['pc'],
  // It has one all the same, which never changes: `strategy.ts`.
  setDefaults,
  prepareForCreate,
  validate,
  validateUpdate,
  validateName: subdomainName,
  table,
});

/**
 * What a PriorityClass is.
 */

import { subdomainName } from '../common/names.ts';
import { keepAsIs } from '../common/strategy.ts';
import type { Kind } from '../kind.ts';
import { PRIORITY_CLASSES } from '../resources.ts';
import type { PriorityClass } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { prepareForCreate } from './strategy.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const priorityClass: Kind<PriorityClass> = {
  resource: PRIORITY_CLASSES,
  singular: 'priorityclass',
  shortNames: ['pc'],
  categories: [],
  hasStatus: false,
  // It has one all the same, which never changes: `strategy.ts`.
  hasGeneration: false,
  stored: true,
  setDefaults,
  prepareForCreate,
  prepareForUpdate: keepAsIs,
  validate,
  validateUpdate,
  validateName: subdomainName,
  table,
  fieldSelectors: {},
};

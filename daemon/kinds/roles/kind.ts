/**
 * What a Role is.
 */

import { pathSegmentName } from '../common/names.ts';
import { keepAsIs } from '../common/strategy.ts';
import type { Kind } from '../kind.ts';
import { ROLES } from '../resources.ts';
import type { Role } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const role: Kind<Role> = {
  resource: ROLES,
  singular: 'role',
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

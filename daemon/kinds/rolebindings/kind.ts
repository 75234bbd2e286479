/**
 * What a RoleBinding is.
 */

import { pathSegmentName } from '../common/names.ts';
import { keepAsIs } from '../common/strategy.ts';
import type { Kind } from '../kind.ts';
import { ROLE_BINDINGS } from '../resources.ts';
import type { RoleBinding } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const roleBinding: Kind<RoleBinding> = {
  resource: ROLE_BINDINGS,
  singular: 'rolebinding',
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

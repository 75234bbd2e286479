/**
 * What a Lease is.
 */

import { subdomainName } from '../common/names.ts';
import { keepAsIs } from '../common/strategy.ts';
import type { Kind } from '../kind.ts';
import { LEASES } from '../resources.ts';
import type { Lease } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { unsupported, validate, validateUpdate } from './validation.ts';

export const lease: Kind<Lease> = {
  resource: LEASES,
  singular: 'lease',
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
  validateName: subdomainName,
  unsupported,
  table,
  fieldSelectors: {},
};

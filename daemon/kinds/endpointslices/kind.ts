/**
 * What an EndpointSlice is.
 */

import { subdomainName } from '../common/names.ts';
import { keepAsIs } from '../common/strategy.ts';
import type { Kind } from '../kind.ts';
import { ENDPOINT_SLICES } from '../resources.ts';
import type { EndpointSlice } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const endpointSlice: Kind<EndpointSlice> = {
  resource: ENDPOINT_SLICES,
  singular: 'endpointslice',
  shortNames: [],
  categories: [],
  hasStatus: false,
  hasGeneration: true,
  stored: true,
  setDefaults,
  prepareForCreate: keepAsIs,
  prepareForUpdate: keepAsIs,
  validate,
  validateUpdate,
  validateName: subdomainName,
  table,
  fieldSelectors: {},
};

/**
 * What Endpoints are: the older form of EndpointSlices.
 */

import { subdomainName } from '../common/names.ts';
import { keepAsIs } from '../common/strategy.ts';
import type { Kind } from '../kind.ts';
import { ENDPOINTS } from '../resources.ts';
import type { Endpoints } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const endpoints: Kind<Endpoints> = {
  resource: ENDPOINTS,
  singular: 'endpoints',
  shortNames: ['ep'],
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
  table,
  fieldSelectors: {},
};

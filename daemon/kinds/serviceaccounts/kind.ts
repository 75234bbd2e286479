/**
 * What a ServiceAccount is.
 */

import { subdomainName } from '../common/names.ts';
import { keepAsIs } from '../common/strategy.ts';
import type { Kind } from '../kind.ts';
import { SERVICE_ACCOUNTS } from '../resources.ts';
import type { ServiceAccount } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const serviceAccount: Kind<ServiceAccount> = {
  resource: SERVICE_ACCOUNTS,
  singular: 'serviceaccount',
  shortNames: ['sa'],
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

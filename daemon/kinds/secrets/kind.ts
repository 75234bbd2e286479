/**
 * What a Secret is.
 */

import { subdomainName } from '../common/names.ts';
import { keepAsIs } from '../common/strategy.ts';
import type { Kind } from '../kind.ts';
import { SECRETS } from '../resources.ts';
import type { Secret } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const secret: Kind<Secret> = {
  resource: SECRETS,
  singular: 'secret',
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
  table,
  fieldSelectors: { type: ({ type }) => type ?? '' },
};

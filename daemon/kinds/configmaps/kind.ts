/**
 * What a ConfigMap is.
 */

import { subdomainName } from '../common/names.ts';
import { keepAsIs } from '../common/strategy.ts';
import type { Kind } from '../kind.ts';
import { CONFIG_MAPS } from '../resources.ts';
import type { ConfigMap } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const configMap: Kind<ConfigMap> = {
  resource: CONFIG_MAPS,
  singular: 'configmap',
  shortNames: ['cm'],
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

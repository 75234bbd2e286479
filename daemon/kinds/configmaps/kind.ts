/**
 * What a ConfigMap is.
 */

import { subdomainName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { CONFIG_MAPS } from '../resources.ts';
import type { ConfigMap } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const configMap = defineKind<ConfigMap>({
  resource: CONFIG_MAPS,
  shortNames: ['cm'],
  setDefaults,
  validate,
  validateUpdate,
  validateName: subdomainName,
  table,
});

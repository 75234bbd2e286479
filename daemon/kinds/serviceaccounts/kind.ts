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

const MOUNTABLE = 'kubernetes.io/enforce-mountable-secrets';
const MOUNTABLE_WARNING = 'deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets';

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
  warnings: ({ metadata }, old) =>
    metadata?.annotations?.[MOUNTABLE] !== undefined && old?.metadata?.annotations?.[MOUNTABLE] === undefined
      ? [`metadata.annotations[${MOUNTABLE}]: ${MOUNTABLE_WARNING}`]
      : [],
  table,
  fieldSelectors: {},
};

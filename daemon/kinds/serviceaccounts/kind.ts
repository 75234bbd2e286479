/**
 * What a ServiceAccount is.
 */

import { subdomainName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { SERVICE_ACCOUNTS } from '../resources.ts';
import type { ServiceAccount } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { keepOnlySecretNames } from './strategy.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

const MOUNTABLE = 'kubernetes.io/enforce-mountable-secrets';
const MOUNTABLE_WARNING = 'deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets';

export const serviceAccount = defineKind<ServiceAccount>({
  resource: SERVICE_ACCOUNTS,
  shortNames: ['sa'],
  setDefaults,
  prepareForCreate: keepOnlySecretNames,
  prepareForUpdate: keepOnlySecretNames,
  validate,
  validateUpdate,
  validateName: subdomainName,
  warnings: ({ metadata }, old) =>
    metadata?.annotations?.[MOUNTABLE] !== undefined && old?.metadata?.annotations?.[MOUNTABLE] === undefined
      ? [`metadata.annotations[${MOUNTABLE}]: ${MOUNTABLE_WARNING}`]
      : [],
  table,
});

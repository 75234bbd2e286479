/**
 * What a Lease is.
 */

import { subdomainName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { LEASES } from '../resources.ts';
import type { Lease } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { unsupported, validate, validateUpdate } from './validation.ts';

export const lease = defineKind<Lease>({
  resource: LEASES,
  setDefaults,
  validate,
  validateUpdate,
  validateName: subdomainName,
  takesAnyFinalizer: true,
  unsupported,
  table,
});

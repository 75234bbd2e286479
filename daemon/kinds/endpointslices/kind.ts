/**
 * What an EndpointSlice is.
 */

import { subdomainName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { ENDPOINT_SLICES } from '../resources.ts';
import type { EndpointSlice } from '../types.generated.ts';
import { prepare, setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const endpointSlice = defineKind<EndpointSlice>({
  resource: ENDPOINT_SLICES,
  hasGeneration: true,
  setDefaults,
  prepareForCreate: prepare,
  prepareForUpdate: prepare,
  validate,
  validateUpdate,
  validateName: subdomainName,
  table,
});

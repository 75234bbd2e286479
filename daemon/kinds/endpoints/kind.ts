/**
 * What Endpoints are: the older form of EndpointSlices.
 */

import { subdomainName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { ENDPOINTS } from '../resources.ts';
import type { Endpoints } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const endpoints = defineKind<Endpoints>({
  resource: ENDPOINTS,
  shortNames: ['ep'],
  setDefaults,
  validate,
  validateUpdate,
  validateName: subdomainName,
  table,
});

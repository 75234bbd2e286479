/**
 * What a Secret is.
 */

import { subdomainName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { SECRETS } from '../resources.ts';
import type { Secret } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const secret = defineKind<Secret>({
  resource: SECRETS,
  setDefaults,
  validate,
  validateUpdate,
  validateName: subdomainName,
  table,
  fieldSelectors: { type: ({ type }) => type ?? '' },
});

/**
 * What a ControllerRevision is.
 */

import { subdomainName } from '../common/names.ts';
import { keepAsIs } from '../common/strategy.ts';
import type { Kind } from '../kind.ts';
import { CONTROLLER_REVISIONS } from '../resources.ts';
import type { ControllerRevision } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const controllerRevision: Kind<ControllerRevision> = {
  resource: CONTROLLER_REVISIONS,
  singular: 'controllerrevision',
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
  fieldSelectors: {},
};

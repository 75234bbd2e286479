/**
 * What a ControllerRevision is.
 */

import { subdomainName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { CONTROLLER_REVISIONS } from '../resources.ts';
import type { ControllerRevision } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

export const controllerRevision = defineKind<ControllerRevision>({
  resource: CONTROLLER_REVISIONS,
  setDefaults,
  validate,
  validateUpdate,
  validateName: subdomainName,
  table,
});

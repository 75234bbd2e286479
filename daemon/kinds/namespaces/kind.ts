/**
 * What a Namespace is.
 */

import { labelName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { NAMESPACES } from '../resources.ts';
import type { Namespace } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { prepareForCreate, prepareForStatusUpdate, prepareForUpdate } from './strategy.ts';
import { table } from './table.ts';
import { validate, validateStatusUpdate, validateUpdate } from './validation.ts';

export const namespace = defineKind<Namespace>({
  resource: NAMESPACES,
  shortNames: ['ns'],
  hasStatus: true,
  /** A collection of namespaces cannot be deleted. */
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  setDefaults,
  prepareForCreate,
  prepareForUpdate,
  prepareForStatusUpdate,
  validate,
  validateUpdate,
  validateStatusUpdate,
  validateName: labelName,
  table,
  fieldSelectors: { 'status.phase': ({ status }) => status?.phase ?? '' },
});

/**
 * What a Namespace is.
 */

import { labelName } from '../common/names.ts';
import { keepAsIs } from '../common/strategy.ts';
import { defineKind } from '../define-kind.ts';
import { NAMESPACES } from '../resources.ts';
import type { Namespace } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { prepareForCreate, prepareForStatusUpdate, prepareForUpdate } from './strategy.ts';
import { table } from './table.ts';
import { validate, validateFinalize, validateStatusUpdate, validateUpdate } from './validation.ts';

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
  /** The namespace controller alone takes finalizers away; `rest/finalize.ts` has restored all else. */
  partialUpdates: { finalize: { prepare: keepAsIs, validate: validateFinalize } },
  validate,
  validateUpdate,
  validateStatusUpdate,
  validateName: labelName,
  table,
  fieldSelectors: { 'status.phase': ({ status }) => status?.phase ?? '' },
});

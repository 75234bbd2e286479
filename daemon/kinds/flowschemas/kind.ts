/**
 * What a FlowSchema is.
 */

import { subdomainName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { FLOW_SCHEMAS } from '../resources.ts';
import type { FlowSchema } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { prepareForCreate, prepareForStatusUpdate, prepareForUpdate } from './strategy.ts';
import { table } from './table.ts';
import { validate, validateStatusUpdate, validateUpdate } from './validation.ts';

export const flowSchema = defineKind<FlowSchema>({
  resource: FLOW_SCHEMAS,
  hasStatus: true,
  hasGeneration: true,
  setDefaults,
  prepareForCreate,
  prepareForUpdate,
  prepareForStatusUpdate,
  validate,
  validateUpdate,
  validateStatusUpdate,
  validateName: subdomainName,
  table,
});

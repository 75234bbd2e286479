/**
 * What a Node is.
 */

import { forbiddenField, path } from '../../base/field.ts';
import { subdomainName } from '../common/names.ts';
import { NOT_SUPPORTED_YET } from '../common/pod/unsupported.ts';
import { defineKind } from '../define-kind.ts';
import { NODES } from '../resources.ts';
import type { Node } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { prepareForStatusUpdate, prepareForUpdate } from './strategy.ts';
import { table } from './table.ts';
import { validate, validateStatusUpdate, validateUpdate } from './validation.ts';

export const node = defineKind<Node>({
  resource: NODES,
  shortNames: ['no'],
  hasStatus: true,
  setDefaults,
  prepareForUpdate,
  prepareForStatusUpdate,
  validate,
  validateUpdate,
  validateStatusUpdate,
  validateName: subdomainName,
  unsupported: ({ spec }) =>
    spec?.configSource ? [forbiddenField(path('spec').child('configSource'), NOT_SUPPORTED_YET)] : [],
  warnings: ({ spec }) =>
    spec?.externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : [],
  table,
  fieldSelectors: { 'spec.unschedulable': ({ spec }) => String(spec?.unschedulable ?? false) },
});

/**
 * What a PodTemplate is: a template that is kept, for others to make Pods of.
 */

import { path } from '../../base/field.ts';
import { deepEqual } from '../../base/json.ts';
import { subdomainName } from '../common/names.ts';
import { unsupportedInTemplate } from '../common/pod/unsupported.ts';
import { podWarnings } from '../common/pod/warnings.ts';
import { defineKind } from '../define-kind.ts';
import { POD_TEMPLATES } from '../resources.ts';
import type { PodTemplate } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { prepare } from './strategy.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

const TEMPLATE = path('template');

export const podTemplate = defineKind<PodTemplate>({
  resource: POD_TEMPLATES,
  hasGeneration: true,
  setDefaults,
  prepareForCreate: prepare,
  prepareForUpdate: prepare,
  validate,
  validateUpdate,
  validateName: subdomainName,
  unsupported: ({ template = {} }) => unsupportedInTemplate(template, TEMPLATE),
  warnings: ({ template = {} }, old) =>
    old && deepEqual(template, old.template)
      ? []
      : podWarnings(template.spec ?? { containers: [] }, template.metadata, TEMPLATE),
  table,
});

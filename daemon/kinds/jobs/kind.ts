/**
 * What a Job is. Who runs its Pods: `controllers/job/`; who removes it when it is done: `controllers/ttlafterfinished/`.
 */

import { path } from '../../base/field.ts';
import { subdomainName } from '../common/names.ts';
import { unsupportedInTemplate } from '../common/pod/unsupported.ts';
import { templateWarnings } from '../common/workload.ts';
import { defineKind } from '../define-kind.ts';
import { JOBS } from '../resources.ts';
import type { Job } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { validateStatusUpdate } from './status-validation.ts';
import { prepareForCreate, prepareForStatusUpdate, prepareForUpdate } from './strategy.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

const TEMPLATE = path('spec').child('template');
const MANY_COMPLETIONS = 100_000;
const MUCH_PARALLELISM = 10_000;
const MAY_NOT_BE_TRACKED =
  'spec: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail';

export const job = defineKind<Job>({
  resource: JOBS,
  categories: ['all'],
  hasStatus: true,
  hasGeneration: true,
  orphansDependents: true,
  setDefaults,
  prepareForCreate,
  prepareForUpdate,
  prepareForStatusUpdate,
  validate,
  validateUpdate,
  validateStatusUpdate,
  validateName: subdomainName,
  unsupported: ({ spec }) => unsupportedInTemplate(spec?.template ?? {}, TEMPLATE),
  warnings,
  table,
  fieldSelectors: { 'status.successful': ({ status }) => String(status?.succeeded ?? 0) },
});

function warnings(object: Readonly<Job>, old: Readonly<Job> | undefined): string[] {
  const { completionMode, completions = 0, parallelism = 0 } = object.spec ?? {};
  const isLarge = completionMode === 'Indexed' && completions > MANY_COMPLETIONS && parallelism > MUCH_PARALLELISM;
  return templateWarnings(object, old, isLarge ? [MAY_NOT_BE_TRACKED] : []);
}

/**
 * What the writes on a Job's paths keep, and the selector that a new one is given (`pkg/registry/batch/job/strategy.go`).
 */

import { restore } from '../common/strategy.ts';
import { showTemplateTime } from '../common/workload.ts';
import type { Job, JobSpec } from '../types.generated.ts';
import { setDefaultLabels } from './defaults.ts';
import { CONTROLLER_UID_LABEL, JOB_NAME_LABEL, LEGACY_CONTROLLER_UID_LABEL, LEGACY_JOB_NAME_LABEL } from './names.ts';

export function prepareForCreate(job: Job): void {
  if (job.spec && !job.spec.manualSelector) generateSelector(job.spec, job.metadata ?? {});
  setDefaultLabels(job);
  showTemplateTime(job);
  job.status = {};
}

/** Labels that only this Job's Pods have, and a selector for them. What the writer set stays: where it differs, validation refuses it. */
function generateSelector(spec: JobSpec, { name = '', uid = '' }: { name?: string; uid?: string }): void {
  const labels = {
    [LEGACY_JOB_NAME_LABEL]: name,
    [JOB_NAME_LABEL]: name,
    [LEGACY_CONTROLLER_UID_LABEL]: uid,
    [CONTROLLER_UID_LABEL]: uid,
  };
  spec.template.metadata ??= {};
  spec.template.metadata.labels = { ...labels, ...spec.template.metadata.labels };
  spec.selector = {
    ...spec.selector,
    matchLabels: { [CONTROLLER_UID_LABEL]: uid, ...spec.selector?.matchLabels },
  };
}

export function prepareForUpdate(job: Job, old: Readonly<Job>): void {
  showTemplateTime(job);
  restore(job, old, 'status');
}

export function prepareForStatusUpdate(job: Job, old: Readonly<Job>): void {
  restore(job, old, 'spec');
}

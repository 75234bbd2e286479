/**
 * Defaults of a Job (`pkg/apis/batch/v1/defaults.go`).
 */

import { showEachAsNull } from '../common/defaults.ts';
import { setTemplateDefaults } from '../common/workload.ts';
import type { Job, JobSpec } from '../types.generated.ts';

const BACKOFF_LIMIT = 6;
const INT32_MAX = 2_147_483_647;

export function setDefaults(job: Job): void {
  job.spec ??= {} as JobSpec;
  setJobSpecDefaults(job.spec);
  setDefaultLabels(job);
  showEachAsNull(job.status?.conditions, 'lastProbeTime', 'lastTransitionTime');
}

/** A Job without labels has those of its Pods, the generated ones among them. */
export function setDefaultLabels(job: Job): void {
  const { labels } = job.spec?.template?.metadata ?? {};
  if (labels && Object.keys(job.metadata?.labels ?? {}).length === 0)
    job.metadata = { ...job.metadata, labels: { ...labels } };
}

function setJobSpecDefaults(spec: JobSpec): void {
  setTemplateDefaults(spec);
  if (spec.parallelism === undefined) {
    spec.completions ??= 1;
    spec.parallelism = 1;
  }
  // Where each index has a limit of its own, there is none for all together.
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? BACKOFF_LIMIT : INT32_MAX;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  for (const { onPodConditions } of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of onPodConditions ?? []) pattern.status ||= 'True';
  }
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  spec.manualSelector ??= false;
}

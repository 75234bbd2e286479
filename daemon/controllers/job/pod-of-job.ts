/**
 * A Job's Pod: its template, the finalizer, and of an Indexed Job all by which the Pod knows its index. Pure.
 */

import {
  COMPLETION_INDEX,
  INDEX_FAILURE_COUNT,
  INDEX_IGNORED_FAILURE_COUNT,
  TRACKING_FINALIZER,
} from '../../kinds/jobs/names.ts';
import { JOBS } from '../../kinds/resources.ts';
import type { Container, Job, Pod } from '../../kinds/types.generated.ts';
import { podFromTemplate } from '../shared/pod-from-template.ts';
import type { NewPod } from './actions.ts';

const INDEX_VARIABLE = 'JOB_COMPLETION_INDEX';
/** A longer prefix would be cut by the API, and its index with it. */
const PREFIX_LENGTH_MAX = 58;

export function podOfJob(job: Readonly<Job>, { index, failures, ignoredFailures }: NewPod): Pod {
  const pod = podFromTemplate(JOBS, job, job.spec!.template);
  const metadata = pod.metadata!;
  metadata.finalizers = [...new Set([...(metadata.finalizers ?? []), TRACKING_FINALIZER])];
  if (index === undefined) return pod;
  const { name = '' } = job.metadata ?? {};
  metadata.generateName = prefixOf(name, index);
  metadata.labels = { ...metadata.labels, [COMPLETION_INDEX]: String(index) };
  metadata.annotations = {
    ...metadata.annotations,
    [COMPLETION_INDEX]: String(index),
    ...(failures === undefined ? {} : { [INDEX_FAILURE_COUNT]: String(failures) }),
    ...(ignoredFailures ? { [INDEX_IGNORED_FAILURE_COUNT]: String(ignoredFailures) } : {}),
  };
  const spec = pod.spec!;
  spec.hostname = `${name}-${index}`;
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) addIndexVariable(container);
  return pod;
}

function prefixOf(name: string, index: number): string {
  const end = `-${index}-`;
  return `${name.slice(0, PREFIX_LENGTH_MAX - end.length)}${end}`;
}

function addIndexVariable(container: Container): void {
  if (container.env?.some(({ name }) => name === INDEX_VARIABLE)) return;
  const fieldRef = { fieldPath: `metadata.labels['${COMPLETION_INDEX}']` };
  container.env = [...(container.env ?? []), { name: INDEX_VARIABLE, valueFrom: { fieldRef } }];
}

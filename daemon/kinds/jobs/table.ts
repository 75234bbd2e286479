/**
 * The table of Jobs (`printJob`).
 */

import { parseTime } from '../../base/clock.ts';
import { humanDuration } from '../../base/duration.ts';
import { formatLabelSelector } from '../../base/selector.ts';
import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf, wideColumn } from '../common/table.ts';
import { containerCells } from '../common/workload.ts';
import type { TableDefinition } from '../kind.ts';
import type { Job } from '../types.generated.ts';
import { isJobComplete, isJobFailed, trueCondition } from './conditions.ts';

export const table: TableDefinition<Job> = {
  columns: [
    NAME_COLUMN,
    column('Status', 'Running, or how the Job ended.'),
    column('Completions', 'How many Pods have succeeded, of how many that must.'),
    column('Duration', 'How long it has run, or did.'),
    AGE_COLUMN,
    wideColumn('Containers', 'The names of the containers in the template.'),
    wideColumn('Images', 'The images of the containers in the template.'),
    wideColumn('Selector', 'Which Pods belong to the Job.'),
  ],
  cells: (job, now) => [
    nameOf(job),
    statusOf(job),
    completionsOf(job),
    durationOf(job, now),
    age(job, now),
    ...containerCells(job.spec?.template),
    formatLabelSelector(job.spec?.selector),
  ],
};

function statusOf(job: Readonly<Job>): string {
  if (isJobComplete(job)) return 'Complete';
  if (isJobFailed(job)) return 'Failed';
  if (job.metadata?.deletionTimestamp) return 'Terminating';
  return (
    (['Suspended', 'FailureTarget', 'SuccessCriteriaMet'] as const).find((type) => trueCondition(job, type)) ??
    'Running'
  );
}

function completionsOf({ spec, status }: Readonly<Job>): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationOf({ status }: Readonly<Job>, now: number): string {
  if (!status?.startTime) return '';
  const end = status.completionTime ? parseTime(status.completionTime) : now;
  return humanDuration(end - parseTime(status.startTime));
}

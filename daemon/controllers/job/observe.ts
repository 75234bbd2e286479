/**
 * What the Job loop sees of one Job. Reads informers only, and what the loop remembers of failures.
 */

import { parseKey } from '../../base/object.ts';
import type { SharedInformers } from '../../runtime/shared-informers.ts';
import type { JobSnapshot } from './actions.ts';
import { type Backoff, NO_BACKOFF } from './backoff.ts';

export function observe(
  informers: SharedInformers,
  backoffs: ReadonlyMap<string, Backoff>,
  key: string,
): JobSnapshot | undefined {
  const job = informers.jobs.get(parseKey(key));
  const tracked = informers.pods.by('job', key);
  if (!job?.spec && tracked.length === 0) return undefined;
  const { uid = '', namespace = '' } = job?.metadata ?? {};
  return {
    key,
    job,
    candidates: job ? [...informers.pods.by('owner', uid), ...informers.pods.by('orphans', namespace)] : [],
    tracked,
    backoff: backoffs.get(key) ?? NO_BACKOFF,
  };
}

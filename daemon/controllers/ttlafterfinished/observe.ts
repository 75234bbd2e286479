/**
 * What the loop sees of one Job. Reads informers only.
 */

import { parseKey } from '../../base/object.ts';
import type { SharedInformers } from '../../runtime/shared-informers.ts';
import type { TtlSnapshot } from './actions.ts';

export function observe(informers: SharedInformers, key: string): TtlSnapshot | undefined {
  const job = informers.jobs.get(parseKey(key));
  return job && { key, job, pods: informers.pods.by('owner', job.metadata?.uid ?? '') };
}

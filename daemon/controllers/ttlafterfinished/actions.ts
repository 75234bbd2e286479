/**
 * What the loop of Jobs that have had their time can do, and what it decides by.
 */

import type { Job } from '../../kinds/types.generated.ts';

export type TtlAction = { type: 'deleteJob'; key: string; job: Job };

export interface TtlSnapshot {
  key: string;
  job: Job;
}

/**
 * What the loop of Jobs that have had their time can do, and what it decides by.
 */

import type { Job, Pod } from '../../kinds/types.generated.ts';

export type TtlAction =
  | { type: 'deleteJob'; key: string; job: Job }
  /** Of a Job that stays. */
  | { type: 'deletePods'; key: string; pods: readonly Pod[] };

export interface TtlSnapshot {
  key: string;
  job: Job;
  /** Those that it controls. */
  pods: readonly Pod[];
}

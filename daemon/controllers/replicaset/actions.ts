/**
 * What the ReplicaSet loop can do.
 */

import type { Pod, ReplicaSet, ReplicaSetStatus } from '../../kinds/types.generated.ts';

export type ReplicaSetAction =
  | { type: 'adoptPod'; key: string; replicaSet: ReplicaSet; pod: Pod }
  | { type: 'releasePod'; key: string; replicaSet: ReplicaSet; pod: Pod }
  /** `count` pods of the template; `status` is what is written should it fail. */
  | { type: 'createPods'; key: string; replicaSet: ReplicaSet; count: number; status: ReplicaSetStatus }
  | { type: 'deletePods'; key: string; replicaSet: ReplicaSet; pods: readonly Pod[]; status: ReplicaSetStatus }
  | { type: 'updateStatus'; key: string; replicaSet: ReplicaSet; status: ReplicaSetStatus };

/** What `decide` sees. */
export interface ReplicaSetSnapshot {
  key: string;
  replicaSet: ReplicaSet;
  /** Controlled already, and orphans of the namespace. */
  candidates: readonly Pod[];
  /** Active pods of every ReplicaSet with the same controller (a Deployment), this one's included: they compete for nodes. */
  relatedPods: () => readonly Pod[];
}

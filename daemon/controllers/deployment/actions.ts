/**
 * What the Deployment loop can do: plain values, each with the object as planned (its resourceVersion guards the write).
 */

import type { Deployment, DeploymentStatus, ReplicaSet } from '../../kinds/types.generated.ts';

export type DeploymentAction =
  | { type: 'adoptReplicaSet'; key: string; deployment: Deployment; replicaSet: ReplicaSet }
  | { type: 'releaseReplicaSet'; key: string; deployment: Deployment; replicaSet: ReplicaSet }
  | { type: 'createReplicaSet'; key: string; deployment: Deployment; replicaSet: ReplicaSet }
  /** Annotations and minReadySeconds. */
  | { type: 'updateReplicaSet'; key: string; replicaSet: ReplicaSet }
  /** `replicaSet` is the object to write; `from` its size before (equal to its size when only annotations change). */
  | { type: 'scaleReplicaSet'; key: string; deployment: Deployment; replicaSet: ReplicaSet; from: number }
  | { type: 'deleteReplicaSet'; key: string; replicaSet: ReplicaSet }
  | { type: 'annotateDeployment'; key: string; deployment: Deployment; annotations: Record<string, string> }
  | { type: 'updateStatus'; key: string; deployment: Deployment; status: DeploymentStatus }
  | { type: 'warn'; key: string; deployment: Deployment; reason: string; message: string };

/** What `decide` sees. */
export interface DeploymentSnapshot {
  key: string;
  deployment: Deployment;
  /** Controlled by the Deployment already, and orphans of its namespace that might be. */
  candidates: readonly ReplicaSet[];
  /** True when a pod of an old ReplicaSet still exists and has not finished; asked for by Recreate only. */
  hasOldPods: (newReplicaSetUid: string | undefined) => boolean;
}

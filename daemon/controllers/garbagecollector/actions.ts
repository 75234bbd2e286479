/** What the garbage collector sees and does. Keys are uids. */

import type { KubeObject, OwnerReference } from '../../base/object.ts';
import type { Resource } from '../../kinds/resource.ts';
import type { GraphNode } from './graph.ts';

export type OwnerState =
  /** Exists and is not waiting for its dependents. */
  | 'solid'
  /** Is being deleted in the foreground: waits for its dependents. */
  | 'waiting'
  /** Not known; whether it is really gone is asked of the API before anything is deleted. */
  | 'absent'
  /** Its kind is not served, or a cluster-scoped object names a namespaced owner: nothing is concluded. */
  | 'unresolvable';

export interface OwnerView {
  reference: OwnerReference;
  state: OwnerState;
  /** Where to ask for it. */
  resource: Resource | undefined;
  /** The namespace in which an object of that uid does exist, when it is another one. */
  elsewhere?: string;
}

export interface GarbageSnapshot extends GraphNode {
  key: string;
  owners: readonly OwnerView[];
  dependents: readonly GraphNode[];
}

export type GarbageAction =
  | { type: 'orphanDependents'; key: string; node: GraphNode; dependents: readonly GraphNode[] }
  | { type: 'removeFinalizer'; key: string; node: GraphNode; finalizer: string }
  /** Takes references to `uids` off; `absent` are asked for once more before. */
  | { type: 'dropOwners'; key: string; node: GraphNode; uids: readonly string[]; absent: readonly OwnerView[] }
  | {
      type: 'deleteObject';
      key: string;
      node: GraphNode;
      policy: 'Background' | 'Foreground' | 'Orphan';
      absent: readonly OwnerView[];
      /** A cycle of foreground deletions: this object no longer blocks its owners. */
      unblock: boolean;
    }
  | { type: 'warnNamespace'; key: string; node: GraphNode; reference: OwnerReference };

export type { KubeObject };

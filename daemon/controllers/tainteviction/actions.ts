/** What the taint eviction loop sees and does. Keys are pods. */

import type { Pod, Taint } from '../../kinds/types.generated.ts';

export interface TaintEvictionAction {
  type: 'evict';
  key: string;
  pod: Pod;
}

export interface TaintEvictionSnapshot {
  key: string;
  pod: Pod;
  /** Of effect NoExecute, on the pod's node. */
  taints: readonly Taint[];
  /** Since when this process has been able to see taints; times before it do not count against anyone. */
  listeningSinceMs: number;
}

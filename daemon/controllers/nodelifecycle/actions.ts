/** What the node lifecycle loop sees and does. Keys are node names. */

import type { Node, NodeCondition, Taint } from '../../kinds/types.generated.ts';
import type { ZoneState } from './zones.ts';

export type NodeLifecycleAction =
  /** The lease stopped: Ready and the pressure conditions become Unknown. */
  | { type: 'markUnknown'; key: string; node: Node; conditions: NodeCondition[] }
  /** Its pods serve nobody any more. */
  | { type: 'markPodsNotReady'; key: string; node: Node }
  | { type: 'setTaints'; key: string; node: Node; taints: Taint[]; evicts: boolean };

export interface NodeLifecycleSnapshot {
  key: string;
  node: Node;
  /** Milliseconds since this process last saw the lease move; counted from its own start and from its own last sleep. */
  silentMs: number;
  zone: ZoneState;
  /** True when no zone has a ready node: then the fault is more likely ours, and nobody is evicted. */
  everythingIsLost: boolean;
  /** The zone's rate limit allows one more node to be emptied now. */
  mayEvict: boolean;
  /** True when pods on the node are still marked ready. */
  hasReadyPods: boolean;
}

/** What the node address loop sees and does. Keys are node names. */

import type { Node } from '../../kinds/types.generated.ts';

export type NodeIpamAction =
  | { type: 'assign'; key: string; node: Node; podCidr: string }
  | { type: 'warnExhausted'; key: string; node: Node };

export interface NodeIpamSnapshot {
  key: string;
  node: Node;
  /** The range that all nodes share, for example `10.244.0.0/16`. */
  clusterCidr: string;
  /** What other nodes have, those just assigned included. */
  used: ReadonlySet<string>;
}

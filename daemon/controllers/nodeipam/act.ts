/** Executes the node address loop's actions. */

import { NODES } from '../../kinds/resources.ts';
import { type EventRecorder, referenceOf } from '../../runtime/events.ts';
import type { Loop } from '../../runtime/loop.ts';
import { RetryLater } from '../../runtime/retry-later.ts';
import type { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { NodeIpamAction, NodeIpamSnapshot } from './actions.ts';

/** A subnet comes free when a node is deleted, which wakes nobody else. */
const EXHAUSTED_RECHECK_MS = 30_000;

export function createAct(
  writes: TrackedWrites,
  events: EventRecorder,
  recent: Map<string, string>,
): Loop<NodeIpamSnapshot, NodeIpamAction>['act'] {
  return {
    assign: async ({ key, node, podCidr }) => {
      recent.set(key, podCidr);
      const { uid, resourceVersion } = node.metadata ?? {};
      const patch = { metadata: { uid, resourceVersion }, spec: { podCIDR: podCidr, podCIDRs: [podCidr] } };
      try {
        await writes.patch(key, NODES, { name: key }, patch, { type: 'merge' });
      } catch (error) {
        recent.delete(key);
        throw error;
      }
    },
    warnExhausted: async ({ key, node }) => {
      const message = `Node ${key} status is now: CIDRNotAvailable`;
      events.record({ regarding: referenceOf(NODES, node), type: 'Normal', reason: 'CIDRNotAvailable', message });
      throw new RetryLater(EXHAUSTED_RECHECK_MS, `no subnet is left for node ${key}`);
    },
  };
}

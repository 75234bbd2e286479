/** Executes the taint eviction loop's one action. */

import type { Clock } from '../../base/clock.ts';
import { isReason } from '../../base/status.ts';
import { withDisruption } from '../../kinds/common/pod/disruption.ts';
import { PODS } from '../../kinds/resources.ts';
import { type EventRecorder, referenceOf } from '../../runtime/events.ts';
import type { Loop } from '../../runtime/loop.ts';
import type { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { TaintEvictionAction, TaintEvictionSnapshot } from './actions.ts';

const DISRUPTION = {
  reason: 'DeletionByTaintManager',
  message: 'Taint manager: deleting due to NoExecute taint',
};

export function createAct(
  writes: TrackedWrites,
  events: EventRecorder,
  clock: Clock,
): Loop<TaintEvictionSnapshot, TaintEvictionAction>['act'] {
  return {
    evict: async ({ key, pod }) => {
      const message = `Marking for deletion Pod ${key}`;
      events.record({ regarding: referenceOf(PODS, pod), type: 'Normal', reason: 'TaintManagerEviction', message });
      try {
        await writes.update(key, PODS, withDisruption(pod, DISRUPTION, clock.now()), { subresource: 'status' });
        await writes.delete(key, PODS, pod);
      } catch (error) {
        if (!isReason(error, 'NotFound')) throw error;
      }
    },
  };
}

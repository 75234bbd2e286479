/** Executes the taint eviction loop's one action. */

import type { Clock } from '../../base/clock.ts';
import { withDisruption } from '../../kinds/common/pod/disruption.ts';
import { PODS } from '../../kinds/resources.ts';
import type { Pod } from '../../kinds/types.generated.ts';
import { type EventRecorder, referenceOf } from '../../runtime/events.ts';
import type { Loop } from '../../runtime/loop.ts';
import type { TrackedWrites } from '../../runtime/tracked-writes.ts';
import { ignoringNotFound } from '../shared/errors.ts';
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
  const end = async (key: string, pod: Readonly<Pod>): Promise<void> => {
    await writes.update(key, PODS, withDisruption(pod, DISRUPTION, clock.now()), { subresource: 'status' });
    await writes.delete(key, PODS, pod);
  };
  return {
    evict: async ({ key, pod }) => {
      const message = `Marking for deletion Pod ${key}`;
      events.record({ regarding: referenceOf(PODS, pod), type: 'Normal', reason: 'TaintManagerEviction', message });
      await ignoringNotFound(end(key, pod));
    },
  };
}

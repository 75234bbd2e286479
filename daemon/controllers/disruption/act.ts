/** Executes the disruption loop's actions. */

import { POD_DISRUPTION_BUDGETS, PODS } from '../../kinds/resources.ts';
import { type EventRecorder, referenceOf } from '../../runtime/events.ts';
import type { Loop } from '../../runtime/loop.ts';
import type { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { DisruptionAction, DisruptionSnapshot } from './actions.ts';

export function createAct(
  writes: TrackedWrites,
  events: EventRecorder,
): Loop<DisruptionSnapshot, DisruptionAction>['act'] {
  return {
    updateStatus: async ({ key, budget, status }) => {
      await writes.update(key, POD_DISRUPTION_BUDGETS, { ...budget, status }, { subresource: 'status' });
    },
    tellBudget: async ({ budget, severity, reason, message }) => {
      events.record({ regarding: referenceOf(POD_DISRUPTION_BUDGETS, budget), type: severity, reason, message });
    },
    tellNotDeleted: async ({ budget, pod }) => {
      const { namespace, name } = budget.metadata ?? {};
      const message = `Pod was expected by PDB ${namespace}/${name} to be deleted but it wasn't`;
      events.record({ regarding: referenceOf(PODS, pod), type: 'Warning', reason: 'NotDeleted', message });
    },
  };
}

/**
 * A FlowSchema says whether the priority level that it names is there (`apiserver/pkg/util/flowcontrol/apf_controller.go`). Pure.
 */

import { formatTime } from '../../base/clock.ts';
import type { FlowSchemaCondition } from '../../kinds/types.generated.ts';
import type { Decision } from '../../runtime/loop.ts';
import type { FlowSchemaAction, FlowSchemaSnapshot } from './actions.ts';

const DANGLING = 'Dangling';

export function decide({ key, flowSchema, hasLevel }: FlowSchemaSnapshot, now: number): Decision<FlowSchemaAction> {
  const conditions = flowSchema.status?.conditions ?? [];
  const present = conditions.find(({ type }) => type === DANGLING);
  const wanted = conditionOf(flowSchema.spec?.priorityLevelConfiguration.name ?? '', hasLevel);
  const { status, reason, message } = wanted;
  if (present?.status === status && present?.reason === reason && present?.message === message) return { actions: [] };
  const lastTransitionTime =
    present?.status === status && present?.lastTransitionTime ? present.lastTransitionTime : formatTime(now);
  const others = conditions.filter(({ type }) => type !== DANGLING);
  const next = { ...flowSchema, status: { conditions: [...others, { ...wanted, lastTransitionTime }] } };
  return { actions: [{ type: 'updateStatus', key, flowSchema: next }] };
}

function conditionOf(level: string, hasLevel: boolean): FlowSchemaCondition {
  const about = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
  return hasLevel
    ? { type: DANGLING, status: 'False', reason: 'Found', message: `${about} and it exists` }
    : { type: DANGLING, status: 'True', reason: 'NotFound', message: `${about} but there is no such object` };
}

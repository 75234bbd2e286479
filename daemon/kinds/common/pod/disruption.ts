/** Says in a pod's status that it is being removed for the cluster's sake (KEP-3329). Pure. */

import { formatTime } from '../../../base/clock.ts';
import type { Pod } from '../../types.generated.ts';

/** The pod with the condition DisruptionTarget, and its phase Failed when `phase` says so. */
export function withDisruption(
  pod: Readonly<Pod>,
  disruption: { reason: string; message: string; phase?: 'Failed' },
  now: number,
): Pod {
  const { reason, message, phase } = disruption;
  const lastTransitionTime = formatTime(now);
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget');
  const condition = { type: 'DisruptionTarget', status: 'True', reason, message, lastTransitionTime };
  return { ...pod, status: { ...pod.status, ...(phase ? { phase } : {}), conditions: [...others, condition] } };
}

/**
 * The conditions of a CustomResourceDefinition (`pkg/apihelpers`). Pure.
 */

import { formatTime } from '../../base/clock.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionStatus,
} from '../types.generated.ts';

export function conditionOf(
  status: Readonly<CustomResourceDefinitionStatus> | undefined,
  type: string,
): CustomResourceDefinitionCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** Its kinds are served. */
export const isEstablished = ({ status }: Readonly<CustomResourceDefinition>): boolean =>
  conditionOf(status, 'Established')?.status === 'True';

/** The status with the condition; its time moves only when its status does. `now` in ms since the epoch. */
export function setCondition(
  status: Readonly<CustomResourceDefinitionStatus> | undefined,
  condition: CustomResourceDefinitionCondition,
  now: number,
): CustomResourceDefinitionStatus {
  const present = conditionOf(status, condition.type);
  const isSame = present?.status === condition.status;
  const lastTransitionTime = isSame ? present.lastTransitionTime : formatTime(now);
  const { type, status: value, reason, message } = condition;
  const next = { lastTransitionTime, message, reason, status: value, type };
  const conditions = status?.conditions ?? [];
  return {
    ...status,
    conditions: present ? conditions.map((one) => (one.type === type ? next : one)) : [...conditions, next],
  };
}

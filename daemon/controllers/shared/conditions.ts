/**
 * Lists of conditions, changed by value. Pure.
 */

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

export function findCondition<C extends Condition>(conditions: readonly C[] | undefined, type: string): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function withoutCondition<C extends Condition>(conditions: readonly C[], type: string): C[] {
  return conditions.filter((condition) => condition.type !== type);
}

/**
 * As `SetDeploymentCondition`/`SetCondition` of workload controllers: nothing changes while status and reason are the same (not even the
 * message); the transition time moves only with the status. The changed condition goes to the end.
 */
export function withCondition<C extends Condition>(conditions: readonly C[], wanted: C): C[] {
  const current = findCondition(conditions, wanted.type);
  if (current && current.status === wanted.status && current.reason === wanted.reason) return [...conditions];
  const isSameStatus = current !== undefined && current.status === wanted.status;
  const next = isSameStatus ? { ...wanted, lastTransitionTime: current.lastTransitionTime } : wanted;
  return [...withoutCondition(conditions, wanted.type), next];
}

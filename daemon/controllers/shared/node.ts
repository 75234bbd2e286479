/** What a node's status and taints say. Pure. */

import type { Node, NodeCondition, Taint } from '../../kinds/types.generated.ts';

export const NOT_READY_TAINT = 'node.kubernetes.io/not-ready';
export const UNREACHABLE_TAINT = 'node.kubernetes.io/unreachable';
export const OUT_OF_SERVICE_TAINT = 'node.kubernetes.io/out-of-service';

export function nodeCondition(node: Readonly<Node>, type: string): NodeCondition | undefined {
  return node.status?.conditions?.find((condition) => condition.type === type);
}

/** `True`, `False`, or `Unknown` (also when nothing was ever posted). */
export function readiness(node: Readonly<Node>): string {
  return nodeCondition(node, 'Ready')?.status ?? 'Unknown';
}

export function taintsOf(node: Readonly<Node>, effect: string): Taint[] {
  return (node.spec?.taints ?? []).filter((taint) => taint.effect === effect);
}

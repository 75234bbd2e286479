/**
 * Pods leave nodes with NoExecute taints that they do not tolerate, or no longer (`tainteviction/taint_eviction.go`). Pure.
 */

import { parseTime } from '../../base/clock.ts';
import { tolerates } from '../../base/toleration.ts';
import type { Decision } from '../../runtime/loop.ts';
import type { TaintEvictionAction, TaintEvictionSnapshot } from './actions.ts';

export function decide(snapshot: TaintEvictionSnapshot, now: number): Decision<TaintEvictionAction> {
  const { key, pod, taints } = snapshot;
  if (taints.length === 0 || pod.metadata?.deletionTimestamp !== undefined) return { actions: [] };
  const tolerations = pod.spec?.tolerations ?? [];
  const matching = taints.map((taint) => tolerations.filter((toleration) => tolerates(toleration, taint)));
  if (matching.some((tolerated) => tolerated.length === 0)) return { actions: [{ type: 'evict', key, pod }] };
  const seconds = matching.flat().flatMap(({ tolerationSeconds }) => tolerationSeconds ?? []);
  if (seconds.length === 0) return { actions: [] };
  const added = taints.map(({ timeAdded }) => (timeAdded ? parseTime(timeAdded) : 0));
  const since = Math.max(...added, snapshot.listeningSinceMs);
  const afterMs = since + Math.max(0, Math.min(...seconds)) * 1_000 - now;
  if (afterMs <= 0) return { actions: [{ type: 'evict', key, pod }] };
  const message = `tolerates the taints of its node for another ${Math.ceil(afterMs / 1_000)} s`;
  return { actions: [], waiting: [{ reason: 'TolerationSeconds', message, afterMs }] };
}

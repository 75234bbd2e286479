/**
 * Pods that nobody else will ever remove (`podgc/gc_controller.go`). Pure.
 */

import type { Pod } from '../../kinds/types.generated.ts';
import type { Decision } from '../../runtime/loop.ts';
import { isPodTerminal } from '../shared/pod.ts';
import type { PodGcAction, PodGcSnapshot } from './actions.ts';

/** --terminated-pod-gc-threshold. */
const TERMINATED_PODS_MAX = 12_500;
/** As upstream's quarantineTime: a node that registers anew keeps its pods. */
const QUARANTINE_MS = 40_000;
/** As upstream's gcCheckPeriod. */
const PERIOD_MS = 20_000;

export function decide(snapshot: PodGcSnapshot): Decision<PodGcAction> {
  const actions = [...outOfService(snapshot), ...surplus(snapshot), ...orphans(snapshot), ...neverScheduled(snapshot)];
  return { actions, waiting: [{ reason: 'Periodic', message: 'looks again later', afterMs: PERIOD_MS }] };
}

const isTerminating = (pod: Readonly<Pod>): boolean => pod.metadata?.deletionTimestamp !== undefined;

const make = ({ key }: PodGcSnapshot, pod: Pod, disruption: string | undefined, checkNode = false): PodGcAction => ({
  type: 'forceDelete',
  key,
  pod,
  disruption: isPodTerminal(pod) ? undefined : disruption,
  checkNode,
});

function outOfService(snapshot: PodGcSnapshot): PodGcAction[] {
  return snapshot.pods
    .filter((pod) => isTerminating(pod) && snapshot.isOutOfService(pod.spec?.nodeName ?? ''))
    .map((pod) => make(snapshot, pod, 'PodGC: node is out-of-service'));
}

/** The oldest finished pods beyond the threshold. */
function surplus(snapshot: PodGcSnapshot): PodGcAction[] {
  const finished = snapshot.pods.filter(isPodTerminal);
  const count = finished.length - TERMINATED_PODS_MAX;
  if (count <= 0) return [];
  const created = ({ metadata }: Pod) => metadata?.creationTimestamp ?? '';
  return finished
    .sort((a, b) => (created(a) < created(b) ? -1 : created(a) > created(b) ? 1 : 0))
    .slice(0, count)
    .map((pod) => make(snapshot, pod, undefined));
}

function orphans(snapshot: PodGcSnapshot): PodGcAction[] {
  return snapshot.pods
    .filter(({ spec }) => spec?.nodeName && !snapshot.hasNode(spec.nodeName))
    .filter(({ spec }) => snapshot.missingMs(spec!.nodeName!) >= QUARANTINE_MS)
    .map((pod) => make(snapshot, pod, 'PodGC: node no longer exists', true));
}

function neverScheduled(snapshot: PodGcSnapshot): PodGcAction[] {
  return snapshot.pods
    .filter((pod) => isTerminating(pod) && !pod.spec?.nodeName)
    .map((pod) => make(snapshot, pod, undefined));
}

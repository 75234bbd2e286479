/**
 * `status` of a pod, whole, from all that is known of it. Pure.
 */

import { formatTime } from '../../base/clock.ts';
import type { PodStatus } from '../../kinds/types.generated.ts';
import { qosClass } from '../containers/resources.ts';
import { conditionsOf } from './conditions.ts';
import { ephemeralContainerStatuses, initContainerStatuses, mainContainerStatuses } from './container-status.ts';
import { phaseOf } from './phase.ts';
import { isTerminalPhase, isTerminating, type PodSnapshot, wasInitialized } from './snapshot.ts';

/** What the API knows as terminal stays as it is: a pod is never brought back. */
export function renderStatus(snapshot: Readonly<PodSnapshot>, now: number): PodStatus {
  const { pod, podIp, hostIp, verdict } = snapshot;
  const before = pod.status ?? {};
  if (wasRejected(snapshot)) return rejectedStatus(snapshot, now);
  const init = initContainerStatuses(snapshot, now);
  const main = mainContainerStatuses(snapshot, now);
  const ephemeral = ephemeralContainerStatuses(snapshot);
  const terminating = isTerminating(snapshot);
  const running = snapshot.containers.some(({ state }) => state === 'running');
  const computed = phaseOf({ pod, init, main, terminating, initialized: wasInitialized(snapshot) });
  const ended = verdict !== undefined && !running ? 'Failed' : computed;
  const phase = isTerminalPhase(before.phase) ? (before.phase as typeof computed) : ended;
  const address = podIp ?? before.podIP ?? '';
  const evicted = verdict?.reason === 'Evicted';
  const disruption = evicted
    ? [{ type: 'DisruptionTarget', status: 'True' as const, reason: 'TerminationByKubelet', message: verdict.message }]
    : [];
  const conditions = conditionsOf({ pod, phase, init, main, hasNetwork: podIp !== undefined }, disruption, now);
  const { reason, message } = verdict ?? before;
  return {
    phase,
    conditions,
    ...(reason ? { reason } : {}),
    ...(message ? { message } : {}),
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    ...(address ? { podIP: address, podIPs: [{ ip: address }] } : {}),
    startTime: before.startTime ?? formatTime(now),
    ...(init.length > 0 ? { initContainerStatuses: init } : {}),
    containerStatuses: main,
    qosClass: before.qosClass ?? qosClass(pod),
    ...(before.nominatedNodeName ? { nominatedNodeName: before.nominatedNodeName } : {}),
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral } : {}),
  };
}

/** Also by a node that does not remember it any more: nothing was ever said of its containers. */
function wasRejected({ pod, verdict, containers }: Readonly<PodSnapshot>): boolean {
  const { phase, containerStatuses } = pod.status ?? {};
  return verdict?.rejected ?? (phase === 'Failed' && containerStatuses === undefined && containers.length === 0);
}

/** Nothing is said of containers, addresses and readiness. */
function rejectedStatus({ pod, verdict }: Readonly<PodSnapshot>, now: number): PodStatus {
  const { status: before = {} } = pod;
  const { reason, message } = verdict ?? before;
  return {
    phase: 'Failed',
    ...(before.conditions ? { conditions: before.conditions } : {}),
    ...(reason ? { reason } : {}),
    ...(message ? { message } : {}),
    startTime: before.startTime ?? formatTime(now),
    qosClass: before.qosClass ?? qosClass(pod),
  };
}

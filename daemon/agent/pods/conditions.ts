/**
 * The conditions of a pod that its node owns (kubelet's `status/generate.go`). Those of others (readiness gates, PodScheduled by the scheduler)
 * are kept as they are. Pure.
 */

import { formatTime } from '../../base/clock.ts';
import type { ContainerStatus, Pod, PodCondition } from '../../kinds/types.generated.ts';
import type { Phase } from './phase.ts';
import { initContainersOf, isSidecar, mainContainersOf } from './snapshot.ts';

interface ConditionInput {
  pod: Readonly<Pod>;
  phase: Phase;
  init: readonly ContainerStatus[];
  main: readonly ContainerStatus[];
  /** Its network is there. */
  hasNetwork: boolean;
}

interface Finding {
  type: string;
  status: 'True' | 'False';
  reason?: string;
  message?: string;
}

const list = (names: readonly string[]) => `[${names.join(' ')}]`;

function initializedFinding({ pod, phase, init, main }: ConditionInput): Finding {
  const type = 'Initialized';
  if (phase === 'Succeeded') return { type, status: 'True', reason: 'PodCompleted' };
  // Once a main container was there, initialization is over, whatever became of the init containers' traces.
  if (main.some(({ containerID }) => containerID !== undefined)) return { type, status: 'True' };
  const incomplete = initContainersOf(pod)
    .filter((container, index) => (isSidecar(container) ? init[index]?.started !== true : init[index]?.ready !== true))
    .map(({ name }) => name);
  if (incomplete.length === 0) return { type, status: 'True' };
  const message = `containers with incomplete status: ${list(incomplete)}`;
  return { type, status: 'False', reason: 'ContainersNotInitialized', message };
}

function containersReadyFinding({ pod, phase, init, main }: ConditionInput): Finding {
  const type = 'ContainersReady';
  if (phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  const sidecars = initContainersOf(pod)
    .filter((container, index) => isSidecar(container) && !init[index]?.ready)
    .map(({ name }) => name);
  const mains = mainContainersOf(pod)
    .filter((_, index) => !main[index]?.ready)
    .map(({ name }) => name);
  const unready = [...sidecars, ...mains];
  if (unready.length === 0) return { type, status: 'True' };
  const message = `containers with unready status: ${list(unready)}`;
  return { type, status: 'False', reason: 'ContainersNotReady', message };
}

function readyFinding({ pod }: ConditionInput, containersReady: Finding): Finding {
  if (containersReady.status !== 'True') return { ...containersReady, type: 'Ready' };
  const problems: string[] = [];
  for (const { conditionType } of pod.spec?.readinessGates ?? []) {
    const gate = pod.status?.conditions?.find(({ type }) => type === conditionType);
    if (!gate) problems.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    else if (gate.status !== 'True')
      problems.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`);
  }
  if (problems.length === 0) return { type: 'Ready', status: 'True' };
  return { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: problems.join(', ') };
}

/** All conditions; the time of a transition changes only with the status. */
export function conditionsOf(input: ConditionInput, extra: readonly Finding[], now: number): PodCondition[] {
  const containersReady = containersReadyFinding(input);
  const found: Finding[] = [
    { type: 'PodReadyToStartContainers', status: input.hasNetwork ? 'True' : 'False' },
    initializedFinding(input),
    readyFinding(input, containersReady),
    containersReady,
    { type: 'PodScheduled', status: 'True' },
    ...extra,
  ];
  const before = input.pod.status?.conditions ?? [];
  const own = found.map((finding) => {
    const old = before.find(({ type }) => type === finding.type);
    const same = old?.status === finding.status;
    return {
      type: finding.type,
      status: finding.status,
      // Shown by the API where it is not set: without it no status would be the one that is there.
      lastProbeTime: null as unknown as string,
      lastTransitionTime: (same && old.lastTransitionTime) || formatTime(now),
      ...(finding.reason ? { reason: finding.reason } : {}),
      ...(finding.message ? { message: finding.message } : {}),
    };
  });
  return [...own, ...before.filter(({ type }) => !found.some((finding) => finding.type === type))];
}

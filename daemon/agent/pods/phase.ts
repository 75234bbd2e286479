/**
 * `status.phase` from the containers' statuses (kubelet's getPhase). Pure.
 */

import type { ContainerStatus, Pod } from '../../kinds/types.generated.ts';
import { initContainersOf, isSidecar, mainContainersOf } from './snapshot.ts';

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

interface PhaseInput {
  pod: Readonly<Pod>;
  init: readonly ContainerStatus[];
  main: readonly ContainerStatus[];
  /** The pod is being stopped: what has ended is not started again, whatever its policy. */
  terminating: boolean;
  initialized: boolean;
}

interface Counts {
  waiting: number;
  running: number;
  stopped: number;
  succeeded: number;
}

/** The phase is never terminal while anything runs. */
export function phaseOf(input: PhaseInput): Phase {
  const { pod, init, main, terminating, initialized } = input;
  const anyRuns = [...init, ...main].some(({ state }) => state?.running !== undefined);
  const never = pod.spec?.restartPolicy === 'Never';
  if (never && initHasFailed(pod, init)) return anyRuns ? 'Pending' : 'Failed';
  const counts = count(main);
  const complete = counts.waiting + counts.running + counts.stopped === mainContainersOf(pod).length;
  if (!initialized && initIsPending(pod, init)) return terminating && !anyRuns ? 'Failed' : 'Pending';
  if (counts.waiting > 0) return terminating && !anyRuns ? 'Failed' : 'Pending';
  if (counts.running > 0 && complete) return 'Running';
  if (counts.stopped === 0 || !complete) return 'Pending';
  if (anyRuns) return 'Running';
  const allWell = counts.stopped === counts.succeeded;
  if (terminating) return allWell ? 'Succeeded' : 'Failed';
  if ((pod.spec?.restartPolicy ?? 'Always') === 'Always') return 'Running';
  if (allWell) return 'Succeeded';
  return never ? 'Failed' : 'Running';
}

function count(statuses: readonly ContainerStatus[]): Counts {
  const counts: Counts = { waiting: 0, running: 0, stopped: 0, succeeded: 0 };
  for (const { state, lastState } of statuses) {
    if (state?.running) counts.running += 1;
    else if (state?.terminated) {
      counts.stopped += 1;
      if (state.terminated.exitCode === 0) counts.succeeded += 1;
    } else if (lastState?.terminated) counts.stopped += 1;
    else counts.waiting += 1;
  }
  return counts;
}

function initHasFailed(pod: Readonly<Pod>, init: readonly ContainerStatus[]): boolean {
  return initContainersOf(pod).some((container, index) => {
    const exitCode = init[index]?.state?.terminated?.exitCode;
    return !isSidecar(container) && exitCode !== undefined && exitCode !== 0;
  });
}

function initIsPending(pod: Readonly<Pod>, init: readonly ContainerStatus[]): boolean {
  return initContainersOf(pod).some((container, index) => {
    const status = init[index];
    if (isSidecar(container)) return status?.started !== true;
    return status?.state?.terminated?.exitCode !== 0;
  });
}

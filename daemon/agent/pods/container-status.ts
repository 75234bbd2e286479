/**
 * `core/v1` ContainerStatus of each container, from what is observed (kubelet's convertToAPIContainerStatuses). Pure.
 */

import { formatTime } from '../../base/clock.ts';
import type {
  Container,
  ContainerState,
  ContainerStateTerminated,
  ContainerStatus,
  VolumeMountStatus,
} from '../../kinds/types.generated.ts';
import { formatPod } from '../containers/names.ts';
import { formatDelay, restartOf } from './backoff.ts';
import { instancesOf, type ObservedContainer } from './observed.ts';
import {
  ephemeralContainersOf,
  initContainersOf,
  isSidecar,
  isStarted,
  isTerminating,
  mainContainersOf,
  type PodSnapshot,
  wasInitialized,
  wouldRestart,
} from './snapshot.ts';

/** How a container is addressed: `podman://<id>`. */
const containerId = (id: string) => `podman://${id}`;

export function initContainerStatuses(snapshot: Readonly<PodSnapshot>, now: number): ContainerStatus[] {
  return initContainersOf(snapshot.pod).map((container) => containerStatus(snapshot, container, now, true));
}

export function mainContainerStatuses(snapshot: Readonly<PodSnapshot>, now: number): ContainerStatus[] {
  return mainContainersOf(snapshot.pod).map((container) => containerStatus(snapshot, container, now, false));
}

/** They are never ready, and nobody waits for them: not a word of that. */
export function ephemeralContainerStatuses(snapshot: Readonly<PodSnapshot>): ContainerStatus[] {
  return ephemeralContainersOf(snapshot.pod).map((container) => {
    const [current] = instancesOf(snapshot.containers, container.name);
    const known = snapshot.pod.status?.ephemeralContainerStatuses?.find(({ name }) => name === container.name);
    if (!current && known?.containerID) return known;
    return {
      name: container.name,
      state: ephemeralState(snapshot, container.name, current),
      lastState: {},
      ready: false,
      restartCount: 0,
      image: current?.image || container.image || '',
      imageID: current ? imageIdOf(current) : '',
      ...(current ? { containerID: containerId(current.id) } : {}),
      ...volumeMountsOf(container),
    };
  });
}

function ephemeralState(
  snapshot: Readonly<PodSnapshot>,
  name: string,
  current: ObservedContainer | undefined,
): ContainerState {
  if (current?.state === 'running') return { running: { startedAt: formatTime(current.startedMs) } };
  if (current?.state === 'exited') return { terminated: terminatedOf(current) };
  return { waiting: problemOf(snapshot, name) ?? { reason: 'ContainerCreating' } };
}

function containerStatus(
  snapshot: Readonly<PodSnapshot>,
  container: Readonly<Container>,
  now: number,
  isInit: boolean,
): ContainerStatus {
  const [current, previous] = instancesOf(snapshot.containers, container.name);
  const known = rememberedStatus(snapshot, container.name);
  // Its containers may have been removed already; what was reported of them stays.
  if (!current && known?.containerID && isTerminating(snapshot)) return { ...known, ready: isInit && known.ready };
  const state = stateOf(snapshot, container, current, now);
  const last = lastStateOf(state, current, previous) ?? (current ? undefined : known?.state?.terminated);
  const started = current !== undefined && isStarted(snapshot, container.name);
  const completed = isInit && !isSidecar(container) && state.terminated?.exitCode === 0;
  const ready =
    completed || (started && (snapshot.probes.get(container.name)?.ready ?? false) && state.running !== undefined);
  return {
    name: container.name,
    state,
    lastState: last ? { terminated: last } : {},
    ready,
    restartCount: current?.restartCount ?? known?.restartCount ?? 0,
    image: current?.image || container.image || '',
    imageID: current ? imageIdOf(current) : '',
    ...(current ? { containerID: containerId(current.id) } : {}),
    started: isInit && !isSidecar(container) ? false : started && state.running !== undefined,
    ...volumeMountsOf(container),
  };
}

const imageIdOf = ({ imageId }: ObservedContainer) => (imageId ? `sha256:${imageId}` : '');

function rememberedStatus({ pod }: Readonly<PodSnapshot>, name: string): ContainerStatus | undefined {
  const all = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  return all.find((status) => status.name === name);
}

function stateOf(
  snapshot: Readonly<PodSnapshot>,
  container: Readonly<Container>,
  current: ObservedContainer | undefined,
  now: number,
): ContainerState {
  if (current?.state === 'running') {
    if (snapshot.hooks.has(current.id)) return { waiting: { reason: creatingReason(snapshot) } };
    return { running: { startedAt: formatTime(current.startedMs) } };
  }
  const willRun = !isTerminating(snapshot);
  if (current?.state === 'exited') {
    const regularInit = initContainersOf(snapshot.pod).includes(container) && !isSidecar(container);
    const restarts = willRun && wouldRestart(snapshot.pod, container, current.exitCode);
    const done = regularInit && (current.exitCode === 0 || wasInitialized(snapshot));
    if (!restarts || done) return { terminated: terminatedOf(current) };
    return waitingForRestart(snapshot, container, current, now);
  }
  const problem = problemOf(snapshot, container.name);
  if (problem) return { waiting: problem };
  return { waiting: { reason: creatingReason(snapshot) } };
}

/** As in the kubelet: with init containers there is a phase before the containers' own. */
const creatingReason = ({ pod }: Readonly<PodSnapshot>) =>
  initContainersOf(pod).length > 0 ? 'PodInitializing' : 'ContainerCreating';

function problemOf(snapshot: Readonly<PodSnapshot>, name: string): { reason: string; message: string } | undefined {
  const image = snapshot.images.get(name);
  const problem = snapshot.startProblems.get(name) ?? (image?.state === 'failed' ? image.problem : undefined);
  return problem ? { reason: problem.reason, message: problem.message } : undefined;
}

function waitingForRestart(
  snapshot: Readonly<PodSnapshot>,
  container: Readonly<Container>,
  ended: ObservedContainer,
  now: number,
): ContainerState {
  const { dueMs, delayMs } = restartOf(ended);
  // A container that backs off does so until the next instance is there.
  if (dueMs > now || (delayMs > 0 && !problemOf(snapshot, container.name))) {
    const pod = formatPod(snapshot.pod);
    const message = `back-off ${formatDelay(delayMs)} restarting failed container=${container.name} pod=${pod}`;
    return { waiting: { reason: 'CrashLoopBackOff', message } };
  }
  const problem = problemOf(snapshot, container.name);
  if (problem) return { waiting: problem };
  if (ended.startError !== undefined) return { waiting: { reason: 'RunContainerError', message: ended.startError } };
  // The next instance is on its way: until it is there, the end of this one is what there is to say.
  return { terminated: terminatedOf(ended) };
}

/** Why it ended, in one word. */
function endReason({ startError, oomKilled, exitCode }: ObservedContainer): string {
  if (startError !== undefined) return 'StartError';
  if (oomKilled) return 'OOMKilled';
  return exitCode === 0 ? 'Completed' : 'Error';
}

function terminatedOf(ended: ObservedContainer): ContainerStateTerminated {
  const { exitCode, startedMs, finishedMs, startError, message, id } = ended;
  const text = startError ?? message;
  return {
    exitCode,
    reason: endReason(ended),
    ...(text ? { message: text } : {}),
    startedAt: formatTime(startedMs),
    finishedAt: formatTime(finishedMs),
    containerID: containerId(id),
  };
}

function lastStateOf(
  state: ContainerState,
  current: ObservedContainer | undefined,
  previous: ObservedContainer | undefined,
): ContainerStateTerminated | undefined {
  if (state.waiting && current?.state === 'exited') return terminatedOf(current);
  return previous?.state === 'exited' ? terminatedOf(previous) : undefined;
}

/** `recursiveReadOnly` is said of read-only mounts alone. */
function volumeMountsOf({ volumeMounts = [] }: Readonly<Container>): { volumeMounts?: VolumeMountStatus[] } {
  if (volumeMounts.length === 0) return {};
  return {
    volumeMounts: volumeMounts.map(({ name, mountPath, readOnly }) => ({
      name,
      mountPath,
      ...(readOnly ? { readOnly, recursiveReadOnly: 'Disabled' } : {}),
    })),
  };
}

/**
 * All that is known of one pod at one moment: what `decide` and the status are made from. Plain data.
 */

import type { Container, EphemeralContainer, Pod } from '../../kinds/types.generated.ts';
import type { Place } from './admit.ts';
import { instancesOf, type ObservedContainer } from './observed.ts';

/** Why something is not done yet. `untilMs`: when it is tried again. */
export interface Problem {
  reason: string;
  message: string;
  untilMs: number;
}

export type ImageState = { state: 'pulling' } | { state: 'ready' } | { state: 'failed'; problem: Problem };

export interface ProbeResults {
  started: boolean;
  ready: boolean;
  live: boolean;
}

/** Why the pod as a whole was ended by its node. */
export interface Verdict {
  reason: string;
  message: string;
  /** Nothing was ever made for it. */
  rejected?: true;
}

export interface PodSnapshot {
  pod: Readonly<Pod>;
  /** The object is gone from the API. */
  removed: boolean;
  containers: readonly ObservedContainer[];
  /** Undefined: there is no network yet. `''` for a pod on the host's network before its address is known. */
  podIp: string | undefined;
  hostIp: string;
  /** This node has taken it. */
  admitted: boolean;
  /** Where it is to run; while that is not decided. */
  place?: Place;
  prepared: boolean;
  preparing: boolean;
  prepareProblem?: Problem;
  /** By container name. */
  images: ReadonlyMap<string, ImageState>;
  /** Why a container could not be made, by name. */
  startProblems: ReadonlyMap<string, Problem>;
  /** Containers being stopped, by id: when they are killed at the latest. */
  stopping: ReadonlyMap<string, number>;
  /** Containers whose postStart hook runs, by id. */
  hooks: ReadonlySet<string>;
  probes: ReadonlyMap<string, ProbeResults>;
  verdict?: Verdict;
  /** Network, volumes and files were given back. */
  cleaned: boolean;
}

export const initContainersOf = ({ spec }: Readonly<Pod>): readonly Readonly<Container>[] => spec?.initContainers ?? [];
export const mainContainersOf = ({ spec }: Readonly<Pod>): readonly Readonly<Container>[] => spec?.containers ?? [];
/** Added to a pod that runs, to look into it (KEP-277): started once, never again. */
export const ephemeralContainersOf = ({ spec }: Readonly<Pod>): readonly Readonly<EphemeralContainer>[] =>
  spec?.ephemeralContainers ?? [];
export const isSidecar = (container: Readonly<Container>) => container.restartPolicy === 'Always';

export function findContainer(pod: Readonly<Pod>, name: string): Readonly<Container> | undefined {
  const all = [...mainContainersOf(pod), ...initContainersOf(pod), ...ephemeralContainersOf(pod)];
  return all.find((container) => container.name === name);
}

export const newest = ({ containers }: Readonly<PodSnapshot>, name: string): ObservedContainer | undefined =>
  instancesOf(containers, name)[0];

export const isTerminalPhase = (phase: string | undefined) => phase === 'Succeeded' || phase === 'Failed';

/** Regular init containers run once: when any container after them exists, they have run. */
export function wasInitialized(snapshot: Readonly<PodSnapshot>): boolean {
  if (mainContainersOf(snapshot.pod).some(({ name }) => newest(snapshot, name) !== undefined)) return true;
  return initContainersOf(snapshot.pod).every((container) => {
    const instance = newest(snapshot, container.name);
    if (isSidecar(container)) return instance?.state === 'running' && isStarted(snapshot, container.name);
    return instance?.state === 'exited' && instance.exitCode === 0;
  });
}

/** Running, its postStart hook done, its startup probe passed. */
export function isStarted(snapshot: Readonly<PodSnapshot>, name: string): boolean {
  const instance = newest(snapshot, name);
  if (instance?.state !== 'running' || snapshot.hooks.has(instance.id)) return false;
  return snapshot.probes.get(name)?.started ?? false;
}

/** What an ended container's end means under the pod's restartPolicy. */
export function wouldRestart(pod: Readonly<Pod>, container: Readonly<Container>, exitCode: number): boolean {
  if (isSidecar(container)) return true;
  const policy = pod.spec?.restartPolicy ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** An init container has failed for good. */
function initFailed(snapshot: Readonly<PodSnapshot>): boolean {
  if (snapshot.pod.spec?.restartPolicy !== 'Never') return false;
  return initContainersOf(snapshot.pod).some((container) => {
    const instance = newest(snapshot, container.name);
    return !isSidecar(container) && instance?.state === 'exited' && instance.exitCode !== 0;
  });
}

/** Nothing will run any more by itself: every container has ended for good. */
function isFinished(snapshot: Readonly<PodSnapshot>): boolean {
  if (initFailed(snapshot)) return true;
  return mainContainersOf(snapshot.pod).every((container) => {
    const instance = newest(snapshot, container.name);
    return instance?.state === 'exited' && !wouldRestart(snapshot.pod, container, instance.exitCode);
  });
}

/** The pod is on its way out, whoever wants it. */
export function isTerminating(snapshot: Readonly<PodSnapshot>): boolean {
  const { pod, removed, verdict } = snapshot;
  return (
    removed ||
    verdict !== undefined ||
    pod.metadata?.deletionTimestamp !== undefined ||
    isTerminalPhase(pod.status?.phase) ||
    isFinished(snapshot)
  );
}

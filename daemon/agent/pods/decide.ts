/**
 * What to do for a pod next, from all that is known of it. Pure, synchronous, total.
 *
 * Order of life: admit → prepare (network, volumes, files) → init containers one after another, sidecars staying → main containers → (restarts) →
 * stop: main containers together, then sidecars in reverse order → clean up → give the object back.
 */

import type { Container } from '../../kinds/types.generated.ts';
import type { Decision, Waiting } from '../../runtime/loop.ts';
import { specificationHash } from '../containers/names.ts';
import { refusalOf } from './admit.ts';
import { restartOf } from './backoff.ts';
import { instancesOf, type ObservedContainer } from './observed.ts';
import {
  ephemeralContainersOf,
  findContainer,
  initContainersOf,
  isSidecar,
  isStarted,
  isTerminating,
  mainContainersOf,
  newest,
  type PodSnapshot,
  wasInitialized,
  wouldRestart,
} from './snapshot.ts';

export type PodAction =
  | { type: 'admit'; uid: string }
  | { type: 'prepare'; uid: string }
  | { type: 'ensureImage'; uid: string; container: string }
  | { type: 'start'; uid: string; container: string; restartCount: number; backoffMs: number }
  /** A container that was made and not started. */
  | { type: 'resume'; uid: string; container: string; id: string }
  /** `message` is the Killing event's. */
  | { type: 'stop'; uid: string; container: string; id: string; graceMs: number; message: string }
  | { type: 'removeContainer'; uid: string; id: string }
  | { type: 'judge'; uid: string; reason: string; message: string }
  /** It never runs here. `message` is the event's. */
  | { type: 'reject'; uid: string; reason: string; message: string }
  | { type: 'cleanUp'; uid: string; removeContainers: boolean }
  | { type: 'deleteObject'; uid: string }
  | { type: 'forget'; uid: string };

interface Plan {
  actions: PodAction[];
  waiting: Waiting[];
}

/** Newest and the one before: its end is shown as lastState, its log as `--previous`. */
const INSTANCES_KEPT = 2;
const GRACE_SECONDS_DEFAULT = 30;
/** A pod that must go at once still gets a moment, as from the kubelet. */
const GRACE_MS_MIN = 1_000;
/** A new deadline replaces one under way only when it is sooner by more than timers are off. */
const DEADLINE_SLACK_MS = 500;

export function decide(snapshot: Readonly<PodSnapshot>, now: number): Decision<PodAction> {
  const plan: Plan = { actions: [], waiting: [] };
  const uid = snapshot.pod.metadata?.uid ?? '';
  if (isTerminating(snapshot)) decideEnd(plan, snapshot, uid, now);
  else if (!snapshot.admitted) decideAdmission(plan, snapshot, uid);
  else {
    decideDeadline(plan, snapshot, uid, now);
    decideRun(plan, snapshot, uid, now);
    decideGarbage(plan, snapshot, uid);
  }
  return plan;
}

function decideAdmission(plan: Plan, { pod, place }: Readonly<PodSnapshot>, uid: string): void {
  const refusal = place && refusalOf(pod, place);
  plan.actions.push(refusal ? { type: 'reject', uid, ...refusal } : { type: 'admit', uid });
}

function decideDeadline(plan: Plan, { pod }: Readonly<PodSnapshot>, uid: string, now: number): void {
  const seconds = pod.spec?.activeDeadlineSeconds;
  const startMs = Date.parse(pod.status?.startTime ?? '');
  if (seconds === undefined || Number.isNaN(startMs)) return;
  const leftMs = startMs + seconds * 1000 - now;
  if (leftMs > 0) {
    plan.waiting.push({ reason: 'ActiveDeadline', message: 'the pod may still run', afterMs: leftMs });
    return;
  }
  const message = 'Pod was active on the node longer than the specified deadline';
  plan.actions.push({ type: 'judge', uid, reason: 'DeadlineExceeded', message });
}

function decideRun(plan: Plan, snapshot: Readonly<PodSnapshot>, uid: string, now: number): void {
  if (!snapshot.prepared) {
    decidePreparation(plan, snapshot, uid, now);
    // What runs already goes on, restarts wait: their mounts might not be there.
    if (snapshot.containers.every(({ state }) => state !== 'running')) return;
  }
  decideEphemeral(plan, snapshot, uid, now);
  const initialized = wasInitialized(snapshot);
  for (const container of initContainersOf(snapshot.pod)) {
    if (isSidecar(container)) {
      decideContainer(plan, snapshot, container, uid, now);
      if (!initialized && !isStarted(snapshot, container.name)) return;
    } else if (!initialized) {
      const instance = newest(snapshot, container.name);
      if (instance?.state === 'exited' && instance.exitCode === 0) continue;
      decideContainer(plan, snapshot, container, uid, now);
      return;
    }
  }
  for (const container of mainContainersOf(snapshot.pod)) {
    // As in the kubelet, a postStart hook holds up the containers after its own.
    if (decideContainer(plan, snapshot, container, uid, now) === 'hook') return;
  }
}

/** Before all others, as in the kubelet: they are to help when the others do not start. What has ended, or was lost, is not started again. */
function decideEphemeral(plan: Plan, snapshot: Readonly<PodSnapshot>, uid: string, now: number): void {
  if (!snapshot.prepared) return;
  for (const container of ephemeralContainersOf(snapshot.pod)) {
    const { name } = container;
    const instance = newest(snapshot, name);
    if (instance?.state === 'created') plan.actions.push({ type: 'resume', uid, container: name, id: instance.id });
    const { ephemeralContainerStatuses = [] } = snapshot.pod.status ?? {};
    const wasThere = ephemeralContainerStatuses.some((one) => one.name === name && one.containerID);
    if (!instance && !wasThere) decideStart(plan, snapshot, container, { restartCount: 0, backoffMs: 0 }, uid, now);
  }
}

function decidePreparation(plan: Plan, snapshot: Readonly<PodSnapshot>, uid: string, now: number): void {
  const { prepareProblem: problem, preparing } = snapshot;
  if (preparing) plan.waiting.push({ reason: 'Preparing', message: 'network and volumes are being made' });
  else if (problem && problem.untilMs > now) plan.waiting.push({ ...problem, afterMs: problem.untilMs - now });
  else plan.actions.push({ type: 'prepare', uid });
  const [first] = [...initContainersOf(snapshot.pod), ...mainContainersOf(snapshot.pod)];
  // The image is fetched meanwhile.
  if (first && !snapshot.images.has(first.name) && newest(snapshot, first.name) === undefined)
    plan.actions.push({ type: 'ensureImage', uid, container: first.name });
}

function decideContainer(
  plan: Plan,
  snapshot: Readonly<PodSnapshot>,
  container: Readonly<Container>,
  uid: string,
  now: number,
): 'hook' | 'done' {
  const instance = newest(snapshot, container.name);
  if (instance?.state === 'running') {
    decideRunning(plan, snapshot, container, instance, uid, now);
    return snapshot.hooks.has(instance.id) ? 'hook' : 'done';
  }
  if (!snapshot.prepared) return 'done';
  if (instance?.state === 'created')
    plan.actions.push({ type: 'resume', uid, container: container.name, id: instance.id });
  else if (instance === undefined)
    decideStart(plan, snapshot, container, { restartCount: firstCount(snapshot, container), backoffMs: 0 }, uid, now);
  else if (wouldRestart(snapshot.pod, container, instance.exitCode))
    decideRestart(plan, snapshot, container, instance, uid, now);
  return 'done';
}

/** A container whose traces were lost counts on from what the API remembers. */
function firstCount({ pod }: Readonly<PodSnapshot>, { name }: Readonly<Container>): number {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const known = statuses.find((status) => status.name === name);
  return known?.containerID ? known.restartCount + 1 : 0;
}

function decideRestart(
  plan: Plan,
  snapshot: Readonly<PodSnapshot>,
  container: Readonly<Container>,
  ended: ObservedContainer,
  uid: string,
  now: number,
): void {
  const { dueMs, nextBackoffMs } = restartOf(ended);
  if (dueMs > now) {
    plan.waiting.push({ reason: 'CrashLoopBackOff', message: container.name, afterMs: dueMs - now });
    return;
  }
  const restartCount = ended.restartCount + 1;
  decideStart(plan, snapshot, container, { restartCount, backoffMs: nextBackoffMs }, uid, now);
}

function decideStart(
  plan: Plan,
  snapshot: Readonly<PodSnapshot>,
  container: Readonly<Container>,
  instance: { restartCount: number; backoffMs: number },
  uid: string,
  now: number,
): void {
  const { name } = container;
  const problem = snapshot.startProblems.get(name);
  if (problem && problem.untilMs > now) {
    plan.waiting.push({ ...problem, afterMs: problem.untilMs - now });
    return;
  }
  if (imageIsReady(plan, snapshot, name, uid, now))
    plan.actions.push({ type: 'start', uid, container: name, ...instance });
}

function imageIsReady(plan: Plan, snapshot: Readonly<PodSnapshot>, name: string, uid: string, now: number): boolean {
  const image = snapshot.images.get(name);
  if (image?.state === 'ready') return true;
  if (image?.state === 'pulling') plan.waiting.push({ reason: 'Pulling', message: name });
  else if (image && image.problem.untilMs > now)
    plan.waiting.push({ ...image.problem, afterMs: image.problem.untilMs - now });
  else plan.actions.push({ type: 'ensureImage', uid, container: name });
  return false;
}

function decideRunning(
  plan: Plan,
  snapshot: Readonly<PodSnapshot>,
  container: Readonly<Container>,
  instance: ObservedContainer,
  uid: string,
  now: number,
): void {
  if (snapshot.stopping.has(instance.id)) return;
  const { name } = container;
  const stop = (message: string, probeGraceSeconds?: number) =>
    plan.actions.push({
      type: 'stop',
      uid,
      container: name,
      id: instance.id,
      graceMs: graceMsOf(snapshot, probeGraceSeconds),
      message,
    });
  if (instance.hash !== specificationHash(container)) {
    // The new image is there before the old container goes.
    if (imageIsReady(plan, snapshot, name, uid, now)) stop(`Container ${name} definition changed, will be restarted`);
    return;
  }
  if (snapshot.probes.get(name)?.live !== false) return;
  const which = snapshot.probes.get(name)?.started ? 'liveness' : 'startup';
  const probe = which === 'liveness' ? container.livenessProbe : container.startupProbe;
  const after = wouldRestart(snapshot.pod, container, 1) ? ', will be restarted' : '';
  stop(`Container ${name} failed ${which} probe${after}`, probe?.terminationGracePeriodSeconds);
}

function graceMsOf({ pod, removed }: Readonly<PodSnapshot>, seconds?: number): number {
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata ?? {};
  const asked = deletionTimestamp === undefined && !removed ? undefined : deletionGracePeriodSeconds;
  const chosen = seconds ?? asked ?? pod.spec?.terminationGracePeriodSeconds ?? GRACE_SECONDS_DEFAULT;
  return Math.max(GRACE_MS_MIN, chosen * 1000);
}

function decideEnd(plan: Plan, snapshot: Readonly<PodSnapshot>, uid: string, now: number): void {
  const running = snapshot.containers.filter(({ state }) => state === 'running');
  if (running.length > 0) {
    for (const instance of nextToStop(snapshot, running)) decideStop(plan, snapshot, instance, uid, now);
    if (plan.actions.length === 0) plan.waiting.push({ reason: 'Stopping', message: 'containers are stopping' });
    return;
  }
  if (snapshot.preparing) {
    plan.waiting.push({ reason: 'Preparing', message: 'what is being made must be there to be removed' });
    return;
  }
  const { pod, removed, cleaned, containers } = snapshot;
  const leaves = removed || pod.metadata?.deletionTimestamp !== undefined;
  if (!cleaned || (leaves && containers.length > 0))
    plan.actions.push({ type: 'cleanUp', uid, removeContainers: leaves });
  else if (removed) plan.actions.push({ type: 'forget', uid });
  else if (leaves && (pod.metadata?.finalizers?.length ?? 0) === 0) plan.actions.push({ type: 'deleteObject', uid });
}

/** Main containers (and whatever else) first and together; then sidecars, the last one first (KEP-753). */
function nextToStop(
  { pod }: Readonly<PodSnapshot>,
  running: readonly ObservedContainer[],
): readonly ObservedContainer[] {
  const sidecars = initContainersOf(pod).filter(isSidecar);
  const others = running.filter(({ name }) => !sidecars.some((sidecar) => sidecar.name === name));
  if (others.length > 0) return others;
  for (const { name } of sidecars.toReversed()) {
    const instances = running.filter((one) => one.name === name);
    if (instances.length > 0) return instances;
  }
  return running;
}

function decideStop(
  plan: Plan,
  snapshot: Readonly<PodSnapshot>,
  instance: ObservedContainer,
  uid: string,
  now: number,
): void {
  const graceMs = graceMsOf(snapshot);
  const deadline = snapshot.stopping.get(instance.id);
  if (deadline !== undefined && now + graceMs >= deadline - DEADLINE_SLACK_MS) return;
  const message = `Stopping container ${instance.name}`;
  plan.actions.push({ type: 'stop', uid, container: instance.name, id: instance.id, graceMs, message });
}

/** Instances that nobody asks about any more. */
function decideGarbage(plan: Plan, snapshot: Readonly<PodSnapshot>, uid: string): void {
  const names = new Set(snapshot.containers.map(({ name }) => name));
  for (const name of names) {
    const kept = findContainer(snapshot.pod, name) ? INSTANCES_KEPT : 0;
    for (const { id, state } of instancesOf(snapshot.containers, name).slice(kept))
      if (state === 'exited') plan.actions.push({ type: 'removeContainer', uid, id });
  }
}

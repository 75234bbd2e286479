/**
 * Stands in for the agents of all nodes while a plan is played through: a pod that is bound to a node that is ready becomes Ready after a while, one of
 * a Job succeeds soon after that, a pod whose deletion began is gone after a while. Every pod takes the same time, so that the same cluster always takes the same course.
 *
 * What does not work now is not supposed to work later: pods that were failing when the plan began stay as they are, nodes that are not ready start
 * and stop nothing, and a pod that needs a ConfigMap or Secret that nobody made does not start.
 */

import { type Clock, formatTime } from '../base/clock.ts';
import { formatIpv4, parseIpv4Range } from '../base/ipv4.ts';
import { controllerOf, type KubeObject, keyOf } from '../base/object.ts';
import { isReason } from '../base/status.ts';
import type { Client } from '../client/client.ts';
import { CONFIG_MAPS, PODS, SECRETS } from '../kinds/resources.ts';
import type { Node, Pod } from '../kinds/types.generated.ts';
import type { SharedInformers } from '../runtime/shared-informers.ts';
import { missingReference } from './missing-references.ts';

/** How long pods take, in ms: all of them the same. */
export interface Pace {
  /** From binding to ready. */
  startMs: number;
  /** From the deletion to the end. */
  stopMs: number;
  /** Of a Job's pod from its start to its success. */
  workMs: number;
}

export interface ModelAgentsOptions {
  client: Client;
  pace?: Pace;
  informers: SharedInformers;
  clock: Clock;
  /** Whether an object stands in the cluster. */
  exists(resource: { group: string; plural: string }, key: { namespace?: string; name: string }): boolean;
}

export interface ModelAgents {
  /** Names of pods that cannot be started, with the reason. */
  readonly notStarting: ReadonlyMap<string, string>;
  stop(): void;
}

/** With an image that is there, and of a container that heeds its signal. */
const DEFAULT_PACE: Pace = { startMs: 2_000, stopMs: 1_000, workMs: 1_000 };
/** A pod that could not be started is looked at again at the kubelet's pace. */
const RETRY_MS = 10_000;
/** Addresses of pods that exist only in a plan: set aside for tests of devices (RFC 2544), so no real pod has one. */
const PLANNED_PODS = parseIpv4Range('198.18.0.0/15')!;
const PLANNED_PODS_COUNT = 2 ** (32 - PLANNED_PODS.bits);

/** Whether the address is one of a pod that exists only in a plan. */
export function isPlannedAddress(address: string): boolean {
  return /^198\.1[89]\./.test(address);
}

export function startModelAgents(options: ModelAgentsOptions): ModelAgents {
  const agents = new Agents(options);
  agents.follow();
  return agents;
}

class Agents implements ModelAgents {
  readonly #options: ModelAgentsOptions;
  /** Tasks under way, by pod uid. */
  readonly #busy = new Set<string>();
  /** Pods that were there at the start and did not work. */
  readonly #failing: ReadonlySet<string>;
  readonly notStarting = new Map<string, string>();
  #addresses = 0;
  #stopped = false;

  constructor(options: ModelAgentsOptions) {
    this.#options = options;
    this.#failing = new Set(
      options.informers.pods
        .list()
        .filter(isFailing)
        .map(({ metadata }) => metadata?.uid ?? ''),
    );
  }

  follow(): void {
    const { pods, nodes } = this.#options.informers;
    pods.onChange(({ after }) => after && this.#look(after));
    nodes.onChange(({ before, after }) => {
      if (!after || (before && isReady(before) === isReady(after))) return;
      for (const pod of pods.by('node', after.metadata?.name ?? '')) this.#look(pod);
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  #look(pod: Pod): void {
    const { uid = '', deletionTimestamp } = pod.metadata ?? {};
    const node = this.#options.informers.nodes.get({ name: pod.spec?.nodeName ?? '' });
    if (!node || !isReady(node)) return;
    const { startMs, stopMs } = this.#options.pace ?? DEFAULT_PACE;
    if (deletionTimestamp) this.#later(`stop ${uid}`, stopMs, pod, (now) => this.#remove(now));
    else if (!isStarted(pod) && !this.#failing.has(uid))
      this.#later(`start ${uid}`, startMs + probeDelayMs(pod), pod, (now) => this.#start(now));
  }

  /** Runs with the pod as it then is, unless it is gone. */
  #later(task: string, delayMs: number, { metadata }: Pod, run: (now: Pod) => Promise<unknown>): void {
    if (this.#busy.has(task)) return;
    this.#busy.add(task);
    this.#options.clock.after(delayMs, () => {
      this.#busy.delete(task);
      const now = this.#options.informers.pods.get(keyOf({ metadata }));
      if (this.#stopped || now?.metadata?.uid !== metadata?.uid || !now) return;
      void ignoringMissed(run(now));
    });
  }

  async #start(pod: Pod): Promise<void> {
    const { client, clock, exists } = this.#options;
    const { uid = '', namespace, deletionTimestamp } = pod.metadata ?? {};
    if (deletionTimestamp || isStarted(pod)) return;
    const problem = missingReference(pod, (kind, name) =>
      exists(kind === 'secret' ? SECRETS : CONFIG_MAPS, { namespace, name }),
    );
    if (problem) {
      this.notStarting.set(uid, problem);
      this.#later(`start ${uid}`, RETRY_MS, pod, (now) => this.#start(now));
      return;
    }
    this.notStarting.delete(uid);
    const time = formatTime(clock.now());
    const types = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];
    const ip = pod.spec?.hostNetwork ? (pod.status?.hostIP ?? '127.0.0.1') : this.#nextAddress();
    const status = {
      phase: 'Running',
      startTime: time,
      podIP: ip,
      podIPs: [{ ip }],
      conditions: types.map((type) => ({ type, status: 'True', lastTransitionTime: time })),
    };
    await client.patch(PODS, keyOf(pod), { metadata: { uid }, status }, { type: 'merge', subresource: 'status' });
    // One that ran when the plan began goes on: nobody knows for how long.
    const { workMs } = this.#options.pace ?? DEFAULT_PACE;
    if (controllerOf(pod)?.kind === 'Job') this.#later(`end ${uid}`, workMs, pod, (now) => this.#succeed(now));
  }

  async #succeed(pod: Pod): Promise<void> {
    const { client, clock } = this.#options;
    const time = formatTime(clock.now());
    const conditions = ['Ready', 'ContainersReady'].map((type) => ({
      type,
      status: 'False',
      reason: 'PodCompleted',
      lastTransitionTime: time,
    }));
    const others = pod.status?.conditions?.filter(({ type }) => !conditions.some((one) => one.type === type)) ?? [];
    const status = { phase: 'Succeeded', conditions: [...others, ...conditions] };
    const { uid } = pod.metadata ?? {};
    await client.patch(PODS, keyOf(pod), { metadata: { uid }, status }, { type: 'merge', subresource: 'status' });
  }

  async #remove(pod: Pod): Promise<void> {
    const preconditions = { uid: pod.metadata?.uid };
    await this.#options.client.delete(PODS, keyOf(pod), { gracePeriodSeconds: 0, preconditions });
  }

  #nextAddress(): string {
    return formatIpv4(PLANNED_PODS.base + (this.#addresses++ % PLANNED_PODS_COUNT));
  }
}

const conditionOf = ({ status }: Readonly<Node> | Readonly<Pod>, type: string): string | undefined =>
  status?.conditions?.find((condition) => condition.type === type)?.status;

const isReady = (object: Readonly<Node> | Readonly<Pod>): boolean => conditionOf(object, 'Ready') === 'True';

/** Ready, or finished: there is nothing left to start. */
const isStarted = (pod: Readonly<Pod>): boolean =>
  isReady(pod) || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

/** Bound, not ready, and not merely on its way: a container failed, or waits for something that a plan does not bring. */
function isFailing(pod: Readonly<Pod>): boolean {
  if (!pod.spec?.nodeName || isStarted(pod)) return false;
  if (pod.status?.phase === 'Running') return true;
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return statuses.some(
    ({ restartCount, state }) =>
      (restartCount ?? 0) > 0 || (state?.waiting?.reason ?? 'ContainerCreating').match(/Err|BackOff|Invalid/) !== null,
  );
}

/** A probe is not asked before its `initialDelaySeconds`. */
function probeDelayMs({ spec }: Readonly<Pod>): number {
  const delays = (spec?.containers ?? []).flatMap(({ readinessProbe, startupProbe }) => [
    readinessProbe?.initialDelaySeconds ?? 0,
    startupProbe?.initialDelaySeconds ?? 0,
  ]);
  return Math.max(0, ...delays) * 1_000;
}

/** The pod went or changed meanwhile: its next change is looked at. */
async function ignoringMissed(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error;
  }
}

/** For readers of the outcome: what a pod's scheduler said last. */
export function unschedulableMessage(pod: Readonly<KubeObject>): string | undefined {
  const conditions = (pod as Readonly<Pod>).status?.conditions;
  return conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False')?.message;
}

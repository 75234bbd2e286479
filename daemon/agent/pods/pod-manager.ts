/**
 * The pods of this node: keeps what is known of each, looks (observe), lets `decide` decide, and does it (act).
 *
 * Invariants: one pod is worked on by one worker; what takes long (preparing, pulling, stopping, hooks) goes on beside and reports back by
 * enqueueing the pod; nothing that runs and is wanted is ever stopped by a restart of the agent.
 */

import type { Clock, Random } from '../../base/clock.ts';
import { deepEqual } from '../../base/json.ts';
import type { Logger } from '../../base/log.ts';
import { isReason } from '../../base/status.ts';
import { afterTurn } from '../../base/turn.ts';
import type { Client } from '../../client/client.ts';
import type { PodReference } from '../../client/node-service.ts';
import { PODS } from '../../kinds/resources.ts';
import type { Pod } from '../../kinds/types.generated.ts';
import type { Loop, Waiting } from '../../runtime/loop.ts';
import { RetryLater } from '../../runtime/retry-later.ts';
import { type RunningLoop, runLoop } from '../../runtime/run-loop.ts';
import { formatPod } from '../containers/names.ts';
import type { KnownPod } from '../exec/node-service.ts';
import type { Lookups } from '../lookups.ts';
import type { Probes } from '../probes/start-probes.ts';
import type { PodActions } from './actions.ts';
import type { Place } from './admit.ts';
import type { ContainerTable } from './container-table.ts';
import { decide, type PodAction } from './decide.ts';
import { createEntry, type PodEntry } from './entry.ts';
import { NODE_AFFINITY } from './fit.ts';
import type { Manifests } from './manifests.ts';
import {
  findContainer,
  initContainersOf,
  isTerminalPhase,
  isTerminating,
  mainContainersOf,
  newest,
  type PodSnapshot,
  type ProbeResults,
} from './snapshot.ts';
import { renderStatus } from './status.ts';
import { StatusWriter } from './status-writer.ts';

export interface PodManagerOptions {
  client: Client;
  clock: Clock;
  random: Random;
  log: Logger;
  table: ContainerTable;
  probes: Probes;
  lookups: Lookups;
  manifests: Manifests;
  nodeIp: string;
  node: OwnNode;
}

/** The Node object of this host, as it is known here. */
export interface OwnNode {
  current(): Pick<Place, 'node' | 'allocatable'>;
  /** Asks for it now. */
  refresh(): Promise<void>;
}

/** Pods worked on at once; most of their work is waiting for podman. Starts are bounded on their own. */
const CONCURRENCY = 16;
/** How soon to look again whether a status has been written. */
const SETTLE_MS = 10;

export class PodManager {
  readonly entries = new Map<string, PodEntry>();
  readonly #options: PodManagerOptions;
  readonly #statuses: StatusWriter;
  readonly #loop: RunningLoop;
  readonly #statusDue = new Set<string>();
  #actions: PodActions | undefined;

  constructor(options: PodManagerOptions) {
    this.#options = options;
    const { client, clock, random, log } = options;
    this.#statuses = new StatusWriter({
      client,
      clock,
      random,
      log,
      render: (pod) => this.#render(pod),
      onWritten: (pod) => this.#onWritten(pod),
    });
    this.#loop = runLoop(this.#createLoop(), {
      clock,
      random,
      log,
      concurrency: CONCURRENCY,
      onWaiting: (uid, waiting) => this.#tell(uid, waiting),
    });
  }

  /** Before anything else: what does the work. */
  use(actions: PodActions): void {
    this.#actions = actions;
  }

  /** A container that backs off is worth an event, one an instance. */
  #tell(uid: string, waiting: readonly Waiting[]): void {
    const entry = this.entries.get(uid);
    for (const { reason, message: name } of waiting) {
      if (reason !== 'CrashLoopBackOff' || !entry) continue;
      const instance = newest(this.snapshot(uid, entry), name);
      if (!instance || entry.backOffTold.get(name) === instance.id) continue;
      entry.backOffTold.set(name, instance.id);
      const message = `Back-off restarting failed container ${name} in pod ${formatPod(entry.pod)}`;
      this.#actions?.record(entry.pod, name)('Warning', 'BackOff', message);
    }
  }

  /** Something about the pod has changed. */
  changed(uid: string): void {
    this.#loop.enqueue(uid);
    if (this.#statusDue.has(uid)) return;
    this.#statusDue.add(uid);
    // Changes of one turn make one status.
    afterTurn(() => {
      this.#statusDue.delete(uid);
      const entry = this.entries.get(uid);
      if (entry?.confirmed && !entry.removed) this.#statuses.sync(entry.pod);
    });
  }

  /** The pod as the API has it now; `confirmed: false`: as it was when it was last heard of. */
  set(pod: Readonly<Pod>, confirmed = true): void {
    const uid = pod.metadata?.uid ?? '';
    const { lookups, manifests, log } = this.#options;
    const known = this.entries.get(uid);
    const entry = known ?? createEntry(pod);
    const before = entry.pod;
    entry.pod = this.#statuses.newest(pod);
    entry.removed = false;
    this.entries.set(uid, entry);
    if (known) forgetChangedImages(entry, before);
    // What a downwardAPI volume shows of the pod.
    if (known && entry.prepared && !isSameMetadata(before, entry.pod)) void this.#actions?.updateVolumes(entry);
    if (confirmed && !entry.confirmed) this.#assume(entry);
    entry.confirmed ||= confirmed;
    if (!isTerminalPhase(pod.status?.phase)) lookups.want(pod);
    void manifests
      .save(pod)
      .catch((error: unknown) => log.warn({ error: String(error) }, "a pod's manifest was not saved"));
    this.changed(uid);
  }

  /** Whether the API has every pod's status as it should be; what is missing is being written from now on. */
  hasTold(): boolean {
    const known = [...this.entries.values()].filter(({ confirmed, removed }) => confirmed && !removed);
    return known.map(({ pod }) => this.#statuses.settle(pod)).every(Boolean);
  }

  /** An object that the pod names has changed. */
  sourcesChanged(uid: string): void {
    const entry = this.entries.get(uid);
    if (!entry) return;
    if (entry.prepareProblem) entry.prepareProblem = { ...entry.prepareProblem, untilMs: 0 };
    for (const [name, { reason }] of entry.startProblems)
      if (reason === 'CreateContainerConfigError') entry.startProblems.delete(name);
    if (entry.prepared) void this.#actions?.updateVolumes(entry);
    this.#loop.enqueue(uid);
  }

  /** The pod is gone from the API; what runs of it is stopped. */
  remove(uid: string): void {
    const entry = this.entries.get(uid);
    if (!entry) return;
    entry.removed = true;
    this.changed(uid);
  }

  reference(reference: PodReference): KnownPod | undefined {
    const entry = this.entries.get(reference.uid);
    if (!entry) return undefined;
    const snapshot = this.snapshot(reference.uid, entry);
    return {
      ip: snapshot.podIp,
      ...(entry.sandbox?.netnsPath ? { netnsPath: entry.sandbox.netnsPath } : {}),
      container: (name) => {
        const container = findContainer(entry.pod, name);
        if (!container) return undefined;
        const instance = newest(snapshot, name);
        const waiting = entry.startProblems.get(name) ?? imageProblem(entry, name);
        return {
          id: instance?.id,
          running: instance?.state === 'running',
          restartCount: instance?.restartCount ?? 0,
          keepsInput: container.stdin === true && !container.stdinOnce && !container.tty,
          ...(waiting ? { waitingReason: waiting.reason } : {}),
        };
      },
    };
  }

  stop(): void {
    this.#loop.stop();
    this.#statuses.stop();
  }

  /** Containers that were there before this agent keep the readiness that the API knows, until their probes say otherwise. */
  #assume(entry: PodEntry): void {
    const { containerStatuses = [], initContainerStatuses = [] } = entry.pod.status ?? {};
    for (const { name, ready, started = false, containerID } of [...containerStatuses, ...initContainerStatuses]) {
      const instance = this.#options.table
        .ofPod(entry.pod.metadata?.uid ?? '')
        .find(({ id }) => containerID?.endsWith(id));
      if (instance?.adopted && instance.state === 'running') entry.assumed.set(name, { ready, started });
    }
  }

  snapshot(uid: string, entry: PodEntry): PodSnapshot {
    const { table, nodeIp } = this.#options;
    const containers = table.ofPod(uid);
    entry.admitted ||= containers.length > 0;
    return {
      pod: entry.pod,
      removed: entry.removed,
      containers,
      admitted: entry.admitted,
      podIp: entry.sandbox?.ip,
      hostIp: nodeIp,
      prepared: entry.prepared,
      preparing: entry.preparing,
      ...(entry.prepareProblem ? { prepareProblem: entry.prepareProblem } : {}),
      images: entry.images,
      startProblems: entry.startProblems,
      stopping: new Map([...entry.stopping].map(([id, { deadlineMs }]) => [id, deadlineMs])),
      hooks: entry.hooks,
      probes: this.#results(uid, entry),
      ...(entry.verdict ? { verdict: entry.verdict } : {}),
      cleaned: entry.cleaned,
    };
  }

  #placeFor(asking: PodEntry): Place {
    const others = [...this.entries].filter(([, entry]) => entry !== asking && !entry.removed);
    const pods = others
      .map(([uid, entry]) => this.snapshot(uid, entry))
      .filter((snapshot) => snapshot.admitted && (!isTerminating(snapshot) || isRunning(snapshot)))
      .map(({ pod }) => pod);
    return { ...this.#options.node.current(), pods };
  }

  /** Refuses it, or has it looked at again: what is known of the node's labels may be older than the pod. */
  async #reject(uid: string, reason: string, message: string, entry: PodEntry): Promise<void> {
    if (reason === NODE_AFFINITY && !entry.nodeChecked) {
      entry.nodeChecked = true;
      await this.#options.node.refresh();
    } else this.#actions!.reject(entry, reason, message);
    this.changed(uid);
  }

  /** Tells the prober what runs now, and asks it what it knows. */
  #results(uid: string, entry: PodEntry): Map<string, ProbeResults> {
    const { table, probes, nodeIp } = this.#options;
    const ending = entry.removed || entry.pod.metadata?.deletionTimestamp !== undefined;
    const running = table.ofPod(uid).filter(({ id, state }) => state === 'running' && !entry.hooks.has(id));
    if (running.length > 0 || entry.sandbox)
      probes.update(
        entry.pod,
        running.map(({ name, id, startedMs, adopted }) => {
          return { name, id, startedMs, adopted, stopping: ending || entry.stopping.has(id) };
        }),
        entry.sandbox?.ip ?? entry.pod.status?.podIP ?? nodeIp,
      );
    const results = new Map<string, ProbeResults>();
    for (const { name } of running) {
      const found = probes.results(uid, name);
      const assumed = entry.assumed.get(name);
      if (assumed && found.ready) entry.assumed.delete(name);
      results.set(
        name,
        assumed && found.live
          ? { live: true, ready: found.ready || assumed.ready, started: found.started || assumed.started }
          : found,
      );
    }
    return results;
  }

  #render(pod: Readonly<Pod>) {
    const uid = pod.metadata?.uid ?? '';
    const entry = this.entries.get(uid);
    if (!entry?.confirmed || entry.removed) return undefined;
    const snapshot = { ...this.snapshot(uid, entry), pod };
    // Not before it is known whether it may run here at all.
    if (!snapshot.admitted && !isTerminating(snapshot)) return undefined;
    return renderStatus(snapshot, this.#options.clock.now());
  }

  #onWritten(pod: Readonly<Pod>): void {
    const entry = this.entries.get(pod.metadata?.uid ?? '');
    if (!entry) return;
    entry.pod = this.#statuses.newest(entry.pod);
    this.#loop.enqueue(pod.metadata?.uid ?? '');
  }

  #createLoop(): Loop<PodSnapshot, PodAction> {
    const entryOf = (uid: string): PodEntry => {
      const entry = this.entries.get(uid);
      if (!entry) throw new RetryLater(0, 'the pod is gone');
      return entry;
    };
    const actions = () => this.#actions!;
    const done = (uid: string) => this.changed(uid);
    return {
      name: 'agent',
      observe: (uid) => {
        const entry = this.entries.get(uid);
        if (!entry || !this.#actions) return undefined;
        const snapshot = this.snapshot(uid, entry);
        return snapshot.admitted ? snapshot : { ...snapshot, place: this.#placeFor(entry) };
      },
      decide: (snapshot, now) => decide(snapshot, now),
      act: {
        prepare: async ({ uid }) =>
          void actions()
            .prepare(uid, entryOf(uid))
            .finally(() => done(uid)),
        ensureImage: async ({ uid, container }) =>
          void actions()
            .ensureImage(uid, entryOf(uid), container)
            .finally(() => done(uid)),
        start: async (action) => {
          await actions().start(action, entryOf(action.uid));
          done(action.uid);
        },
        resume: async ({ uid, container, id }) => {
          await actions().resume(uid, container, id, entryOf(uid));
          done(uid);
        },
        stop: async (action) => actions().stop(action, entryOf(action.uid)),
        removeContainer: async ({ uid, id }) => actions().removeContainer(id, entryOf(uid)),
        judge: async ({ uid, reason, message }) => {
          actions().judge(entryOf(uid), reason, message);
          done(uid);
        },
        admit: async ({ uid }) => {
          entryOf(uid).admitted = true;
          done(uid);
        },
        reject: ({ uid, reason, message }) => this.#reject(uid, reason, message, entryOf(uid)),
        cleanUp: async ({ uid, removeContainers }) => {
          const entry = entryOf(uid);
          if (removeContainers) this.#awaitStatus(entry);
          await actions().cleanUp(uid, entry, removeContainers);
          done(uid);
        },
        deleteObject: async ({ uid }) => this.#deleteObject(uid, entryOf(uid)),
        forget: async ({ uid }) => this.#forget(uid),
      },
    };
  }

  /** How its containers ended must be known to the API before they are gone. */
  #awaitStatus(entry: PodEntry): void {
    if (!entry.removed && !this.#statuses.settle(entry.pod))
      throw new RetryLater(SETTLE_MS, `the status of ${formatPod(entry.pod)} is being written`);
  }

  async #deleteObject(uid: string, entry: PodEntry): Promise<void> {
    this.#awaitStatus(entry);
    const { namespace, name = '' } = entry.pod.metadata ?? {};
    try {
      await this.#options.client.delete(PODS, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } });
    } catch (error) {
      // Another pod of that name, or none: either way this one is gone.
      if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error;
    }
    entry.removed = true;
  }

  async #forget(uid: string): Promise<void> {
    this.entries.delete(uid);
    this.#options.lookups.drop(uid);
    this.#statuses.drop(uid);
    this.#options.probes.remove(uid);
    await this.#options.manifests.remove(uid);
  }

  /** Whether what a probe says is still of interest. */
  isEnding(uid: string): boolean {
    const entry = this.entries.get(uid);
    return entry === undefined || isTerminating(this.snapshot(uid, entry));
  }
}

const isRunning = ({ containers }: PodSnapshot): boolean => containers.some(({ state }) => state === 'running');

function isSameMetadata({ metadata: a }: Readonly<Pod>, { metadata: b }: Readonly<Pod>): boolean {
  return deepEqual(a?.labels ?? {}, b?.labels ?? {}) && deepEqual(a?.annotations ?? {}, b?.annotations ?? {});
}

/** What failed for the image that the pod had before says nothing of the new one. */
function forgetChangedImages(entry: PodEntry, before: Readonly<Pod>): void {
  for (const { name, image } of [...mainContainersOf(entry.pod), ...initContainersOf(entry.pod)]) {
    if (findContainer(before, name)?.image === image) continue;
    entry.images.delete(name);
    entry.startProblems.delete(name);
  }
}

function imageProblem(entry: PodEntry, name: string) {
  const image = entry.images.get(name);
  return image?.state === 'failed' ? image.problem : undefined;
}

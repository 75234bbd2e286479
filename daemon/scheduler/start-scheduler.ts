/**
 * The scheduler: watches pods and nodes, gives each waiting pod a node, binds it.
 *
 * Decisions are made one after the other on the state in memory; a chosen pod is assumed to be on its node at once, so that the next
 * decision sees it, while the binding is written in the background. A refused binding takes the assumption back.
 */

import type { Clock, Random } from '../base/clock.ts';
import { deepEqual } from '../base/json.ts';
import type { Logger } from '../base/log.ts';
import { afterTurn } from '../base/turn.ts';
import type { Client } from '../client/client.ts';
import type { Node, Pod } from '../kinds/types.generated.ts';
import { createEventRecorder } from '../runtime/events.ts';
import type { SharedInformers } from '../runtime/shared-informers.ts';
import { ClassCache } from './class-cache.ts';
import { ClusterState } from './cluster-state.ts';
import { defaultSelectorOf } from './default-selector.ts';
import { formatFitError, formatPreemptionFailure, NO_NODES } from './messages.ts';
import { Nominations } from './nominations.ts';
import type { Misfit } from './plugins/plugin.ts';
import { createPodInfo, type PodInfo, type PodInfoSources } from './pod-info.ts';
import { findVictims } from './preemption.ts';
import { type ClusterEvent, type QueuedPod, SchedulingQueue } from './queue.ts';
import { type Placement, schedulePod } from './schedule-one.ts';
import { createWrites, type SchedulerWrites } from './writes.ts';

export interface SchedulerContext {
  client: Client;
  informers: SharedInformers;
  clock: Clock;
  random: Random;
  log: Logger;
  /** Pods of other schedulers are left alone. */
  schedulerName?: string;
}

export interface RunningScheduler {
  /** True when no pod is ready to be placed and no binding is under way. */
  idle(): boolean;
  stop(): void;
}

const DEFAULT_SCHEDULER = 'default-scheduler';
/** Decisions in one turn of the event loop: a few milliseconds, so that watches and other loops get their turn. */
const DECISIONS_PER_TURN = 200;
/** Bindings under way at once: enough for a group commit, few enough that a stuck API holds little. */
const BINDINGS_MAX = 500;

/** Call after `informers.synced()`. */
export function startScheduler(context: SchedulerContext): RunningScheduler {
  const scheduler = new Scheduler(context);
  scheduler.follow();
  return { idle: () => scheduler.idle(), stop: () => scheduler.stop() };
}

class Scheduler {
  readonly #context: SchedulerContext;
  readonly #name: string;
  readonly #state = new ClusterState();
  readonly #classes = new ClassCache();
  readonly #nominations = new Nominations(this.#state);
  readonly #queue: SchedulingQueue;
  readonly #writes: SchedulerWrites;
  readonly #sources: PodInfoSources;
  /** Pods whose binding is under way. */
  readonly #assumed = new Set<string>();
  #scheduled = false;
  #stopped = false;

  constructor(context: SchedulerContext) {
    const { client, informers, clock, log } = context;
    this.#context = context;
    this.#name = context.schedulerName ?? DEFAULT_SCHEDULER;
    this.#queue = new SchedulingQueue(clock, () => this.#schedule());
    const events = createEventRecorder(client, { clock, log, component: this.#name });
    this.#writes = createWrites(client, events, clock);
    this.#sources = {
      namespaceLabels: (namespace) => informers.namespaces.get({ name: namespace })?.metadata?.labels ?? {},
      defaultSelector: (pod) => defaultSelectorOf(informers, pod),
    };
  }

  idle(): boolean {
    return this.#queue.length === 0 && this.#assumed.size === 0;
  }

  stop(): void {
    this.#stopped = true;
    this.#queue.stop();
  }

  follow(): void {
    const { nodes, pods, namespaces } = this.#context.informers;
    nodes.onChange(({ before, after, key }) => this.#nodeChanged(before, after, key));
    namespaces.onChange(({ before, after }) => {
      if (before && !deepEqual(before.metadata?.labels ?? {}, after?.metadata?.labels ?? {}))
        this.#state.forgetMatches();
    });
    pods.onChange(({ before, after }) => this.#podChanged(before, after));
  }

  #nodeChanged(before: Node | undefined, after: Node | undefined, name: string): void {
    if (!after) {
      this.#state.removeNode(name);
      return;
    }
    if (before && isSameForScheduling(before, after)) return;
    this.#state.setNode(after);
    this.#queue.wake('nodeChanged');
  }

  #podChanged(before: Pod | undefined, after: Pod | undefined): void {
    if (this.#stopped) return;
    const uid = (after ?? before)?.metadata?.uid ?? '';
    if (!after || isFinished(after)) {
      this.#forget(uid, before?.spec?.nodeName !== undefined);
      return;
    }
    if (after.spec?.nodeName) {
      if (before?.spec?.nodeName && isSamePod(before, after)) return;
      this.#queue.remove(uid);
      this.#nominations.remove(uid);
      this.#assumed.delete(uid);
      this.#state.addPod(createPodInfo(after, this.#sources), after.spec.nodeName);
      this.#queue.wake('podPlaced');
      return;
    }
    const isOurs = (after.spec?.schedulerName ?? DEFAULT_SCHEDULER) === this.#name;
    const isGated = (after.spec?.schedulingGates ?? []).length > 0;
    if (!isOurs || isGated || after.metadata?.deletionTimestamp) {
      this.#forget(uid, false);
      return;
    }
    if (this.#assumed.has(uid)) return;
    if (before && this.#queue.has(uid) && isSamePod(before, after)) {
      // Only the status changed, likely by our own hand.
      const queued = this.#queue.find(uid);
      if (queued) queued.info.pod = after;
      return;
    }
    this.#queue.add(createPodInfo(after, this.#sources));
  }

  #forget(uid: string, wasPlaced: boolean): void {
    this.#queue.remove(uid);
    this.#nominations.remove(uid);
    this.#assumed.delete(uid);
    this.#state.removePod(uid);
    if (wasPlaced) this.#queue.wake('podRemoved');
  }

  #schedule(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    afterTurn(() => {
      this.#scheduled = false;
      this.#placeSome();
    });
  }

  #placeSome(): void {
    for (let count = 0; count < DECISIONS_PER_TURN && this.#assumed.size < BINDINGS_MAX; count++) {
      const next = this.#stopped ? undefined : this.#queue.pop();
      if (!next) return;
      try {
        this.#place(next);
      } catch (error) {
        this.#context.log.error(
          { pod: next.info.key, error: String(error) },
          'a pod could not be looked at; will retry',
        );
        this.#queue.retry(next);
      }
    }
    if (this.#queue.length > 0) this.#schedule();
  }

  #place(queued: QueuedPod): void {
    const { info } = queued;
    const placement = this.#nominations.without(info, () => schedulePod(this.#state, this.#classes, info));
    if (placement.type === 'unschedulable') {
      this.#parkUnschedulable(queued, placement);
      return;
    }
    this.#nominations.remove(info.uid);
    this.#assumed.add(info.uid);
    this.#state.addPod(info, placement.node);
    void this.#bind(queued, placement.node);
  }

  async #bind(queued: QueuedPod, node: string): Promise<void> {
    const { info } = queued;
    try {
      await this.#writes.bind(info.pod, node);
    } catch (error) {
      // Deleted or bound by someone else meanwhile: the watch tells, and has told if it is no longer assumed.
      if (!this.#assumed.delete(info.uid)) return;
      this.#state.removePod(info.uid);
      if (!this.#isStillWaiting(info)) return;
      const message = error instanceof Error ? error.message : String(error);
      this.#context.log.warn({ pod: info.key, node, error: message }, 'a binding was refused; will retry');
      this.#queue.retry(queued);
    } finally {
      if (this.#queue.length > 0) this.#schedule();
    }
  }

  #isStillWaiting({ pod, uid }: PodInfo): boolean {
    const { namespace, name = '' } = pod.metadata ?? {};
    const now = this.#context.informers.pods.get({ namespace, name });
    return now?.metadata?.uid === uid && !now.spec?.nodeName && !now.metadata?.deletionTimestamp;
  }

  #parkUnschedulable(queued: QueuedPod, { misfits }: Extract<Placement, { type: 'unschedulable' }>): void {
    const { info } = queued;
    const size = this.#state.size;
    const preemption = size === 0 ? { message: undefined, node: undefined } : this.#preempt(info, misfits);
    const message = size === 0 ? NO_NODES : formatFitError(size, misfits.values(), preemption.message);
    this.#queue.park(queued, helpfulEvents(misfits.values()));
    void this.#writes.markUnschedulable(info.pod, message, preemption.node).catch((error: unknown) => {
      this.#context.log.debug({ pod: info.key, error: String(error) }, 'could not say why a pod has no node');
    });
  }

  /** Makes room by removing pods of lower priority, or says why that is no way. */
  #preempt(info: PodInfo, misfits: ReadonlyMap<string, Misfit>): { message?: string; node?: string } {
    if (info.pod.spec?.preemptionPolicy === 'Never') return { message: 'not eligible due to preemptionPolicy=Never.' };
    const nominated = this.#state.node(this.#nominations.nodeOf(info.uid) ?? '');
    const isMakingRoom = [...(nominated?.pods.values() ?? [])].some(
      ({ isTerminating, priority }) => isTerminating && priority < info.priority,
    );
    if (isMakingRoom) return { message: 'not eligible due to a terminating pod on the nominated node.' };
    const budgets = this.#context.informers.podDisruptionBudgets.list();
    const found = this.#nominations.without(info, () => findVictims(this.#state, info, misfits, budgets));
    if (!found) {
      const resolvable = [...misfits.values()].filter((misfit) => misfit.resolvable).length;
      return { message: formatPreemptionFailure(this.#state.size, resolvable) };
    }
    this.#nominations.set(info, found.node);
    for (const { pod, key } of found.victims) {
      this.#writes.preempt(pod, info.pod, found.node).catch((error: unknown) => {
        this.#context.log.warn({ pod: key, error: String(error) }, 'could not preempt a pod');
      });
    }
    return { node: found.node };
  }
}

/** Which events may make the pod fit, by why it does not fit now. */
function helpfulEvents(misfits: Iterable<Misfit>): ReadonlySet<ClusterEvent> {
  const events = new Set<ClusterEvent>(['nodeChanged']);
  for (const { reasons, resolvable } of misfits) {
    if (resolvable) events.add('podRemoved');
    if (reasons.some((reason) => reason.includes('affinity rules') || reason.includes('topology spread'))) {
      events.add('podPlaced').add('podRemoved');
    }
  }
  return events;
}

const isFinished = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

/** What a node's heartbeat changes is of no interest. */
function isSameForScheduling(a: Node, b: Node): boolean {
  return (
    a.spec?.unschedulable === b.spec?.unschedulable &&
    deepEqual(a.spec?.taints ?? [], b.spec?.taints ?? []) &&
    deepEqual(a.metadata?.labels ?? {}, b.metadata?.labels ?? {}) &&
    deepEqual(a.status?.allocatable ?? {}, b.status?.allocatable ?? {}) &&
    deepEqual(a.status?.images ?? [], b.status?.images ?? [])
  );
}

/** Nothing but the status differs. A bound pod's spec does not change in what matters here. */
function isSamePod(a: Pod, b: Pod): boolean {
  return (
    a.metadata?.uid === b.metadata?.uid &&
    a.metadata?.deletionTimestamp === b.metadata?.deletionTimestamp &&
    deepEqual(a.metadata?.labels ?? {}, b.metadata?.labels ?? {}) &&
    (b.spec?.nodeName !== undefined || deepEqual(a.spec, b.spec))
  );
}

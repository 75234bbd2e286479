/**
 * Pods that wait for a node: ready ones by priority, failed ones until something changes that may help them, and for at least their
 * back-off. (`pkg/scheduler/backend/queue` upstream.) It decides nothing about nodes.
 *
 * Invariants: a pod stands in one place only; a pod that fails again and again is tried at most once in its back-off.
 */

import type { Clock } from '../base/clock.ts';
import type { PodInfo } from './pod-info.ts';

/** What happened in the cluster. */
export type ClusterEvent = 'nodeChanged' | 'podRemoved' | 'podPlaced';

export interface QueuedPod {
  info: PodInfo;
  /** When it came into the queue first; earlier ones go first among equals. */
  since: number;
  attempts: number;
  /** Events that may make it fit; all of them while unknown. */
  helpedBy: ReadonlySet<ClusterEvent> | undefined;
  notBefore: number;
}

/** podInitialBackoffSeconds and podMaxBackoffSeconds. */
const BACKOFF_MS_BASE = 1_000;
const BACKOFF_MS_MAX = 10_000;
/** podMaxInUnschedulablePodsDuration: looked at again even when nothing seems to have changed. */
const UNSCHEDULABLE_MS_MAX = 5 * 60_000;

export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #onReady: () => void;
  readonly #ready = new Map<string, QueuedPod>();
  /** Waiting for an event, a back-off, or both. */
  readonly #waiting = new Map<string, { pod: QueuedPod; isHelped: boolean; cancel: () => void }>();
  /** Sorted by precedence; made when first needed after a change. */
  #order: QueuedPod[] | undefined;

  constructor(clock: Clock, onReady: () => void) {
    this.#clock = clock;
    this.#onReady = onReady;
  }

  get length(): number {
    return this.#ready.size;
  }

  /** Adds a pod, or replaces what is known of it; a changed pod may fit now, so it becomes ready. */
  add(info: PodInfo): void {
    const known = this.#ready.get(info.uid) ?? this.#waiting.get(info.uid)?.pod;
    this.remove(info.uid);
    const fresh: QueuedPod = { info, since: this.#clock.now(), attempts: 0, helpedBy: undefined, notBefore: 0 };
    this.#makeReady(known ? { ...known, info } : fresh);
  }

  remove(uid: string): void {
    if (this.#ready.delete(uid)) this.#order = undefined;
    this.#waiting.get(uid)?.cancel();
    this.#waiting.delete(uid);
  }

  has(uid: string): boolean {
    return this.#ready.has(uid) || this.#waiting.has(uid);
  }

  find(uid: string): QueuedPod | undefined {
    return this.#ready.get(uid) ?? this.#waiting.get(uid)?.pod;
  }

  /** The next pod: highest priority, then the longest waiting. It is out of the queue then. */
  pop(): QueuedPod | undefined {
    this.#order ??= [...this.#ready.values()].sort(
      (a, b) => a.info.priority - b.info.priority || b.since - a.since || (a.info.key < b.info.key ? 1 : -1),
    );
    const next = this.#order.pop();
    if (next) this.#ready.delete(next.info.uid);
    return next;
  }

  /** It did not fit: waits for one of `helpedBy`. */
  park(pod: QueuedPod, helpedBy: ReadonlySet<ClusterEvent>): void {
    this.#wait({ ...pod, attempts: pod.attempts + 1, helpedBy }, false);
  }

  /** It failed for another reason (binding was refused): tried again after its back-off. */
  retry(pod: QueuedPod): void {
    this.#wait({ ...pod, attempts: pod.attempts + 1 }, true);
  }

  /** Something happened: those whom it may help become ready, or will after their back-off. */
  wake(event: ClusterEvent): void {
    for (const [uid, waiting] of this.#waiting) {
      const { pod } = waiting;
      if (waiting.isHelped || (pod.helpedBy && !pod.helpedBy.has(event))) continue;
      waiting.cancel();
      this.#waiting.delete(uid);
      if (pod.notBefore <= this.#clock.monotonic()) this.#makeReady(pod);
      else this.#schedule(pod, pod.notBefore - this.#clock.monotonic(), true);
    }
  }

  stop(): void {
    for (const { cancel } of this.#waiting.values()) cancel();
    this.#waiting.clear();
    this.#ready.clear();
    this.#order = undefined;
  }

  #wait(pod: QueuedPod, isHelped: boolean): void {
    const backoffMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_BASE * 2 ** Math.min(pod.attempts - 1, 10));
    pod.notBefore = this.#clock.monotonic() + backoffMs;
    this.#schedule(pod, isHelped ? backoffMs : UNSCHEDULABLE_MS_MAX, isHelped);
  }

  #schedule(pod: QueuedPod, delayMs: number, isHelped: boolean): void {
    const { uid } = pod.info;
    const cancel = this.#clock.after(delayMs, () => {
      this.#waiting.delete(uid);
      this.#makeReady(pod);
    });
    this.#waiting.set(uid, { pod, isHelped, cancel });
  }

  #makeReady(pod: QueuedPod): void {
    this.#ready.set(pod.info.uid, pod);
    this.#order = undefined;
    this.#onReady();
  }
}

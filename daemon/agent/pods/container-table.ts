/**
 * Every container of this node's pods, as it is now: the one place where observation is kept.
 *
 * Invariants: a container that was seen to end never runs again (a restart is a new container); listeners are told of each change by pod uid.
 * It changes nothing on the host.
 */

import { LABEL } from '../containers/names.ts';
import type { ContainerCalls } from '../podman/containers.ts';
import { type ObservedContainer, observe, stateOf } from './observed.ts';

export interface ContainerTableOptions {
  calls: ContainerCalls;
  nodeName: string;
  onChange(uid: string): void;
  /** A container was seen to run for the first time. */
  onStart(container: ObservedContainer): void;
  /** A container was seen to have ended; it may be completed (its message, whether it was killed for memory) before anyone sees it. */
  onExit(container: ObservedContainer): void;
}

export interface Ended {
  exitCode: number;
  finishedMs: number;
  oomKilled?: boolean;
  startError?: string;
  lost?: boolean;
}

export class ContainerTable {
  readonly #options: ContainerTableOptions;
  readonly #byId = new Map<string, ObservedContainer>();
  readonly #byPod = new Map<string, Map<string, ObservedContainer>>();
  /** Counts changes by this agent: a list that was begun before one must not undo it. */
  #generation = 0;
  readonly #awaiting = new Map<string, Set<() => void>>();
  readonly #changedAt = new Map<string, number>();

  constructor(options: ContainerTableOptions) {
    this.#options = options;
  }

  get(id: string): Readonly<ObservedContainer> | undefined {
    return this.#byId.get(id);
  }

  /** Tells when it has ended, at once if it has or is not here (any more); until the answer is called. */
  onEnd(id: string, listener: () => void): () => void {
    const container = this.#byId.get(id);
    if (!container || container.state === 'exited') {
      listener();
      return () => {};
    }
    const listeners = this.#awaiting.get(id) ?? new Set();
    this.#awaiting.set(id, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  ofPod(uid: string): readonly ObservedContainer[] {
    return [...(this.#byPod.get(uid)?.values() ?? [])];
  }

  uids(): readonly string[] {
    return [...this.#byPod.keys()];
  }

  running(): readonly ObservedContainer[] {
    return [...this.#byId.values()].filter(({ state }) => state === 'running');
  }

  /** Compares all of podman's containers with the table and looks closer at what differs. */
  async refreshAll(adopted = false): Promise<void> {
    const begun = this.#generation;
    const listed = await this.#options.calls.list([`${LABEL.node}=${this.#options.nodeName}`]);
    const present = new Set(listed.map(({ Id }) => Id));
    for (const { Id, State } of listed) {
      const known = this.#byId.get(Id);
      const state = stateOf(State);
      if (known && (known.state === state || known.state === 'exited')) continue;
      if ((this.#changedAt.get(Id) ?? 0) > begun) continue;
      await this.refresh(Id, adopted);
    }
    for (const id of [...this.#byId.keys()]) {
      if (!present.has(id) && (this.#changedAt.get(id) ?? 0) <= begun) this.remove(id);
    }
  }

  /** Looks at one container; false when there is none of ours. */
  async refresh(id: string, adopted = false): Promise<boolean> {
    const inspected = await this.#options.calls.inspect(id);
    if (!inspected) {
      this.remove(id);
      return false;
    }
    const observed = observe(inspected, this.#byId.get(id)?.adopted ?? adopted);
    if (!observed || inspected.Config.Labels?.[LABEL.node] !== this.#options.nodeName) return false;
    this.#merge(observed);
    return true;
  }

  #merge(observed: ObservedContainer): void {
    const before = this.#byId.get(observed.id);
    if (before?.state === 'exited') return;
    this.#put(observed);
    if (observed.state === 'exited') this.#options.onExit(observed);
    if (observed.state === 'running' && before?.state !== 'running') this.#options.onStart(observed);
    this.#options.onChange(observed.uid);
  }

  /** The agent has seen the end itself, before podman or better than podman. */
  markEnded(id: string, ended: Ended): void {
    const before = this.#byId.get(id);
    if (!before || before.state === 'exited') return;
    const after: ObservedContainer = { ...before, ...ended, state: 'exited', pid: 0, conmonPid: 0 };
    this.#put(after);
    this.#options.onExit(after);
    this.#options.onChange(after.uid);
  }

  remove(id: string): void {
    const known = this.#byId.get(id);
    if (!known) return;
    this.#generation += 1;
    this.#byId.delete(id);
    this.#changedAt.delete(id);
    this.#tellEnd(id);
    const ofPod = this.#byPod.get(known.uid);
    ofPod?.delete(id);
    if (ofPod?.size === 0) this.#byPod.delete(known.uid);
    this.#options.onChange(known.uid);
  }

  #put(container: ObservedContainer): void {
    this.#generation += 1;
    this.#changedAt.set(container.id, this.#generation);
    this.#byId.set(container.id, container);
    const ofPod = this.#byPod.get(container.uid) ?? new Map<string, ObservedContainer>();
    this.#byPod.set(container.uid, ofPod);
    ofPod.set(container.id, container);
    if (container.state === 'exited') this.#tellEnd(container.id);
  }

  #tellEnd(id: string): void {
    const listeners = this.#awaiting.get(id) ?? [];
    this.#awaiting.delete(id);
    for (const listener of listeners) listener();
  }
}

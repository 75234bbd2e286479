/**
 * Room that was made by preemption and waits for its pod: it counts as taken for pods of the same or a lower priority, so that nobody
 * slips in while the victims are still stopping.
 */

import type { ClusterState } from './cluster-state.ts';
import type { PodInfo } from './pod-info.ts';

const GHOST = 'nominated:';

export class Nominations {
  readonly #state: ClusterState;
  readonly #byUid = new Map<string, { ghost: PodInfo; node: string }>();

  constructor(state: ClusterState) {
    this.#state = state;
  }

  nodeOf(uid: string): string | undefined {
    return this.#byUid.get(uid)?.node;
  }

  set(pod: PodInfo, node: string): void {
    this.remove(pod.uid);
    const ghost: PodInfo = { ...pod, uid: `${GHOST}${pod.uid}` };
    this.#byUid.set(pod.uid, { ghost, node });
    this.#state.addPod(ghost, node);
  }

  remove(uid: string): void {
    const found = this.#byUid.get(uid);
    if (!found) return;
    this.#byUid.delete(uid);
    this.#state.removePod(found.ghost.uid);
  }

  /** Runs `decide` without the pod's own nomination and without those of lower priority. */
  without<T>(pod: PodInfo, decide: () => T): T {
    const aside = [...this.#byUid].filter(([uid, { ghost }]) => uid === pod.uid || ghost.priority < pod.priority);
    for (const [, { ghost }] of aside) this.#state.removePod(ghost.uid);
    try {
      return decide();
    } finally {
      for (const [, { ghost, node }] of aside) this.#state.addPod(ghost, node);
    }
  }
}

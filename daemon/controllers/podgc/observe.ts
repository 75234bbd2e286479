/** What the pod garbage collector sees. Reads informers, and its own record of when a node was first missed. */

import type { Clock } from '../../base/clock.ts';
import type { SharedInformers } from '../../runtime/shared-informers.ts';
import { OUT_OF_SERVICE_TAINT, readiness } from '../shared/node.ts';
import type { PodGcSnapshot } from './actions.ts';

/** When each node that pods name was first seen missing; forgotten when it comes back. */
export class MissingNodes {
  readonly #since = new Map<string, number>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  missingMs(name: string): number {
    const now = this.#clock.monotonic();
    const since = this.#since.get(name) ?? now;
    this.#since.set(name, since);
    return now - since;
  }

  found(name: string): void {
    this.#since.delete(name);
  }
}

export function observe(informers: SharedInformers, missing: MissingNodes, key: string): PodGcSnapshot {
  return {
    key,
    pods: informers.pods.list(),
    hasNode: (name) => informers.nodes.get({ name }) !== undefined,
    isOutOfService: (name) => {
      const node = informers.nodes.get({ name });
      const isTainted = node?.spec?.taints?.some((taint) => taint.key === OUT_OF_SERVICE_TAINT) === true;
      return node !== undefined && isTainted && readiness(node) !== 'True';
    },
    missingMs: (name) => missing.missingMs(name),
  };
}

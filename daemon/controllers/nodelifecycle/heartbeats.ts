/**
 * When each node was last heard of, by this process's own clock: a lease's own time is another host's and may jump.
 *
 * A control plane that was stopped, frozen or asleep heard nothing because it did not listen: then everyone's silence begins anew
 * (fault: ten minutes of stopped control plane evict nobody).
 */

import type { Clock } from '../../base/clock.ts';
import type { Informer } from '../../client/informer.ts';
import type { Lease } from '../../kinds/types.generated.ts';
import type { Wakefulness } from '../../runtime/wakefulness.ts';

export class Heartbeats {
  readonly #clock: Clock;
  readonly #wakefulness: Wakefulness;
  readonly #heardAt = new Map<string, number>();

  constructor(clock: Clock, wakefulness: Wakefulness) {
    this.#clock = clock;
    this.#wakefulness = wakefulness;
  }

  follow(leases: Informer<Lease>): void {
    leases.onChange(({ before, after, key }) => {
      const node = key.slice(key.indexOf('/') + 1);
      if (!after) this.#heardAt.delete(node);
      else if (before?.spec?.renewTime !== after.spec?.renewTime) this.heard(node);
    });
  }

  /** The node showed a sign of life: a renewed lease, or a status of its own. */
  heard(node: string): void {
    this.#heardAt.set(node, this.#clock.monotonic());
  }

  silentMs(node: string): number {
    const listeningSince = this.#wakefulness.sinceMonotonic();
    const since = Math.max(this.#heardAt.get(node) ?? listeningSince, listeningSince);
    return this.#clock.monotonic() - since;
  }
}

/**
 * Gives Services their cluster addresses and node ports, each to one Service only.
 * In memory, rebuilt from the stored Services at start; a reservation is made while a Service is admitted and becomes permanent with the write.
 * Contract; the implementation is `createServiceAllocator` in `memory-allocator.ts`.
 */

import type { FieldError } from '../../base/field.ts';
import type { KubeObject } from '../../base/object.ts';

/** Ends exactly once, by either call; later calls do nothing. */
export interface Reservation {
  /** The write is durable: what was given stays taken, what the Service no longer has becomes free. */
  commit(): void;
  /** The write did not happen: what was given becomes free again. */
  rollback(): void;
}

export interface ServiceAllocator {
  /**
   * Sets `spec.clusterIP(s)` and `spec.ports[].nodePort` in place where the type needs them and they are not set, and takes those that are
   * set. `old` is the live Service of an update. With errors nothing is held.
   */
  allocate(
    service: KubeObject,
    old: Readonly<KubeObject> | undefined,
  ): { reservation: Reservation; errors: readonly FieldError[] };
  /** For a deletion: `commit()` frees everything that the Service has. */
  release(service: Readonly<KubeObject>): Reservation;
}

/** Holds nothing. */
export const NO_RESERVATION: Reservation = { commit() {}, rollback() {} };

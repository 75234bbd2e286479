/**
 * Gives Services their cluster addresses and node ports, each to one Service only.
 * In memory, rebuilt from the stored Services at start and kept current by `observe`; a reservation is made while a Service is admitted and
 * becomes permanent with the write. Contract; the implementation is `createServiceAllocator` in `memory-allocator.ts`.
 */

import type { FieldError } from '../../base/field.ts';
import type { KubeObject } from '../../base/object.ts';

/** Ends exactly once, by either call; later calls do nothing. */
export interface Reservation {
  /** The write is durable (and `observe` has been told of it): what was given stays taken. */
  commit(): void;
  /** The write did not happen: what was newly taken becomes free again. */
  rollback(): void;
}

export interface Allocation {
  reservation: Reservation;
  /** With errors nothing is held. Worded as the API server's allocators word them. */
  errors: readonly FieldError[];
}

export interface ServiceAllocator {
  /**
   * Sets `spec.clusterIP(s)`, `spec.ipFamilies`, `spec.ipFamilyPolicy` and `spec.ports[].nodePort` in place where the type needs them and they
   * are not set, and takes those that are set. `old` is the live Service of an update. `service` must be valid otherwise.
   * `releasing`: Services (`namespace/name`) that are removed by the same write; what they hold may be asked for by number.
   */
  allocate(service: KubeObject, old: Readonly<KubeObject> | undefined, releasing?: ReadonlySet<string>): Allocation;
  /** Told of every stored change of a Service, in order: takes what `after` has, frees what only `before` had. */
  observe(before: Readonly<KubeObject> | undefined, after: Readonly<KubeObject> | undefined): void;
}

/** Holds nothing. */
export const NO_RESERVATION: Reservation = { commit() {}, rollback() {} };

export function bothReservations(first: Reservation, second: Reservation): Reservation {
  if (first === NO_RESERVATION) return second;
  if (second === NO_RESERVATION) return first;
  return {
    commit() {
      first.commit();
      second.commit();
    },
    rollback() {
      first.rollback();
      second.rollback();
    },
  };
}

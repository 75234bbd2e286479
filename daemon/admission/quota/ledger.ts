/**
 * How much of each quota is in use, counted from what is stored and from what is about to be: a write is charged while it is admitted, before it is
 * durable, so that no number of writes at once, and no commit of many objects, passes a quota. Contract; the implementation is `memory-ledger.ts`.
 *
 * Charges are kept by the object's store key: charging one object twice counts it once. What stands in a quota's status is its controller's to say;
 * it is not what admission judges by.
 */

import type { KubeObject } from '../../base/object.ts';
import type { StoredResource } from '../../base/registry-key.ts';
import type { Amounts } from '../../kinds/common/amounts.ts';
import type { ResourceQuota } from '../../kinds/types.generated.ts';
import type { Reservation } from '../allocation/service-allocator.ts';

export interface Charge {
  readonly resource: StoredResource;
  readonly namespace: string;
  readonly name: string;
  /** As it would be stored. */
  readonly object: Readonly<KubeObject>;
}

export interface QuotaLedger {
  /** What a quota's objects use of these resources, which objects as that of `charge` count towards; that one itself left out. */
  usage(quota: Readonly<ResourceQuota>, charge: Charge, names: readonly string[]): Amounts;
  /** Counts anew: what has run out of time since (a Pod that should have stopped) uses nothing any more. */
  recount(quota: Readonly<ResourceQuota>): void;
  /** Counts the object as stored from now on. `commit` once the store has it, `rollback` when it was not written. */
  hold(charge: Charge): Reservation;
  /** The same ledger, for a write that also removes these (store keys): they do not count in it, but for Pods, which take their time. */
  without(removed: ReadonlySet<string>): QuotaLedger;
}

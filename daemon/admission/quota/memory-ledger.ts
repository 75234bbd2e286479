/**
 * The quota ledger over a store: tallies are made when a quota is first met and follow the store's events from then on.
 */

import type { Clock } from '../../base/clock.ts';
import { deepEqual } from '../../base/json.ts';
import type { KubeObject } from '../../base/object.ts';
import type { Quantity } from '../../base/quantity.ts';
import { registryKey, registryPrefix, type StoredResource } from '../../base/registry-key.ts';
import { type Amounts, addAmounts, amountOf } from '../../kinds/common/amounts.ts';
import { NAMESPACES, PODS, RESOURCE_QUOTAS } from '../../kinds/resources.ts';
import type { ResourceQuota } from '../../kinds/types.generated.ts';
import type { Store, StoreEvent } from '../../store/store.ts';
import type { Reservation } from '../allocation/service-allocator.ts';
import type { Charge, QuotaLedger } from './ledger.ts';
import { Tally } from './tally.ts';

/** `/registry/<group or core>/<plural>/<namespace>/<name>`; what is not in a namespace counts towards nothing. */
const NAMESPACE_PREFIX = registryPrefix(NAMESPACES);
const KEY = /^\/registry\/([^/]+)\/([^/]+)\/([^/]+)\/([^/]+)$/;

/** Of one namespace; more are counted anew when they are needed. Commits that were judged with other quotas leave some behind. */
const TALLIES_MAX = 64;

/** Follows the store for as long as it lives. */
export function createQuotaLedger(
  store: Pick<Store, 'get' | 'range' | 'subscribe' | 'revision'>,
  clock: Clock,
): QuotaLedger {
  const ledger = new MemoryLedger(store, clock);
  store.subscribe('/registry/', store.revision, {
    events(batch) {
      for (const event of batch) ledger.observe(event);
    },
  });
  return ledger.view([]);
}

class MemoryLedger {
  readonly #store: Pick<Store, 'get' | 'range'>;
  readonly #clock: Clock;
  /** Namespace → the spec of a quota → its tally. Empty for the namespaces without quotas, which cost nothing. */
  readonly #tallies = new Map<string, Map<object, Tally>>();
  /** Store key → what is about to be written. */
  readonly #held = new Map<string, Charge>();

  constructor(store: Pick<Store, 'get' | 'range'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  view(removed: readonly string[]): QuotaLedger {
    const credits = new WeakMap<Tally, Map<string, Amounts>>();
    /** What goes with the same write, of one kind of object. */
    const creditOf = (tally: Tally, prefix: string): Amounts => {
      const known = credits.get(tally) ?? new Map<string, Amounts>();
      credits.set(tally, known);
      const credit = known.get(prefix) ?? tally.sumOf(removed.filter((key) => key.startsWith(prefix)));
      known.set(prefix, credit);
      return credit;
    };
    return {
      usage: (quota, charge, names) => this.#usage(quota, charge, names, creditOf),
      recount: (quota) => void this.#tallies.get(quota.metadata?.namespace ?? '')?.delete(quota.spec ?? {}),
      hold: (charge) => this.#hold(charge),
      without: (more) => this.view([...removed, ...[...more].filter((key) => !key.startsWith(registryPrefix(PODS)))]),
    };
  }

  observe({ type, key, value, previous }: StoreEvent): void {
    if (type === 'delete' && key.startsWith(NAMESPACE_PREFIX)) this.#tallies.delete(key.slice(NAMESPACE_PREFIX.length));
    const [, group = '', plural = '', namespace = ''] = KEY.exec(key) ?? [];
    if (!namespace) return;
    this.#held.delete(key);
    const tallies = this.#tallies.get(namespace);
    if (!tallies) return;
    const resource = { group: group === 'core' ? '' : group, plural };
    const stored = type === 'put' ? value : undefined;
    if (resource.group === RESOURCE_QUOTAS.group && plural === RESOURCE_QUOTAS.plural)
      this.#follow(
        namespace,
        tallies,
        previous?.value as ResourceQuota | undefined,
        stored as ResourceQuota | undefined,
      );
    for (const tally of tallies.values()) tally.put(key, resource, stored, this.#clock.now());
  }

  /** A quota whose spec stays keeps its tally, under the spec that is stored now. */
  #follow(
    namespace: string,
    tallies: Map<object, Tally>,
    before: ResourceQuota | undefined,
    after: ResourceQuota | undefined,
  ): void {
    const tally = before?.spec && tallies.get(before.spec);
    if (!before?.spec || !tally) return;
    tallies.delete(before.spec);
    if (after?.spec && deepEqual(before.spec, after.spec)) tallies.set(after.spec, tally);
    if (tallies.size === 0) this.#tallies.delete(namespace);
  }

  #usage(
    quota: Readonly<ResourceQuota>,
    charge: Charge,
    names: readonly string[],
    creditOf: (tally: Tally, prefix: string) => Amounts,
  ): Amounts {
    const tally = this.#tallyOf(quota, charge.resource);
    const own = tally.of(registryKey(charge.resource, charge));
    const credit = creditOf(tally, registryPrefix(charge.resource, charge.namespace));
    const usage = new Map<string, Quantity>();
    for (const name of names) {
      usage.set(name, amountOf(tally.total, name));
      for (const less of [own, credit]) addAmounts(usage, new Map([[name, amountOf(less, name)]]), -1);
    }
    return usage;
  }

  #tallyOf({ metadata, spec = {} }: Readonly<ResourceQuota>, resource: StoredResource): Tally {
    const { namespace = '' } = metadata ?? {};
    const tallies = this.#tallies.get(namespace) ?? new Map<object, Tally>();
    const tally = tallies.get(spec) ?? new Tally(spec);
    tallies.set(spec, tally);
    if (tallies.size > TALLIES_MAX) tallies.delete(tallies.keys().next().value!);
    this.#tallies.set(namespace, tallies);
    if (tally.follow(resource)) this.#count(tally, resource, namespace);
    return tally;
  }

  #count(tally: Tally, resource: StoredResource, namespace: string): void {
    const now = this.#clock.now();
    const prefix = registryPrefix(resource, namespace);
    for (const { key, value } of this.#store.range(prefix).entries) tally.put(key, resource, value, now);
    for (const [key, { object }] of this.#held) if (key.startsWith(prefix)) tally.put(key, resource, object, now);
  }

  #hold(charge: Charge): Reservation {
    const key = registryKey(charge.resource, charge);
    this.#held.set(key, charge);
    this.#put(charge.namespace, key, charge.resource, charge.object);
    const end = (): boolean => this.#held.get(key) === charge && this.#held.delete(key);
    return {
      commit: () => void end(),
      rollback: () => {
        if (end()) this.#put(charge.namespace, key, charge.resource, this.#store.get(key)?.value);
      },
    };
  }

  #put(namespace: string, key: string, resource: StoredResource, object: Readonly<KubeObject> | undefined): void {
    for (const tally of this.#tallies.get(namespace)?.values() ?? [])
      tally.put(key, resource, object, this.#clock.now());
  }
}

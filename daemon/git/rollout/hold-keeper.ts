/**
 * Keeps the held workloads: knows why each is held, sees on the store's watch when what they wait for becomes ready, and releases them by applying
 * their manifests without the hold. No timer releases anything.
 *
 * Invariants: a hold is set by the very publication that changes the workload; a later commit that changes it replaces the hold; what is held is known
 * again after a restart (from the annotations in the store and the order kept with the commit).
 */

import { nextTurn } from '../../base/turn.ts';
import { heldFor } from '../../kinds/common/rollout-order.ts';
import { type AppliedAgain, applyAgain } from '../apply-again.ts';
import type { DesiredObject, ObjectChanges } from '../desired-state.ts';
import type { GitEngine } from '../engine.ts';
import { DRIFT_BACKOFF_MS, LEASE_MS_MAX, WAITS_FOR_REWRITTEN_MAX } from '../limits.ts';
import type { NamedObject } from '../manifest-file.ts';
import { describePending, type Hold, type KeptOrder, type PlannedHold, pendingHolds, planHolds } from './holds.ts';
import { orderOf } from './order.ts';
import { isReady, readinessKeys } from './readiness.ts';

export class HoldKeeper {
  readonly #engine: GitEngine;
  readonly #holds = new Map<string, Hold>();
  /** What each manifest depends on, read once. */
  readonly #dependencies = new WeakMap<DesiredObject['document'], readonly NamedObject[]>();
  /** What the annotation of each says. */
  #texts = new Map<string, string>();
  /** Keys whose changes may release somebody. */
  #watched: ReadonlySet<string> = new Set();
  #due = false;
  #running = false;
  #stop: (() => void) | undefined;
  #stopped = false;

  constructor(engine: GitEngine) {
    this.#engine = engine;
  }

  /** Store key → the annotation's text, of everything that is held. */
  get texts(): ReadonlyMap<string, string> {
    return this.#texts;
  }

  /** The holds of a publication that is about to be made. */
  plan(changes: ObjectChanges, commit: string): Map<string, PlannedHold> {
    const { store, registry } = this.#engine.options;
    return planHolds({
      state: this.#engine.state,
      changes,
      commit,
      registry,
      isLive: ({ storeKey }) => store.get(storeKey) !== undefined,
      isReady: (target) => isReady(store, target),
    });
  }

  /** {@link plan} for a write through the API: it changes one object, which stays held for its commit's earlier waves. */
  planWrite(changes: ObjectChanges, commit: string): Map<string, PlannedHold> {
    const planned = this.plan(changes, commit);
    for (const { document } of changes.changed) {
      const key = document.names?.storeKey ?? '';
      const hold = this.#holds.get(key);
      if (!hold) continue;
      const dependencies = planned.get(key)?.pending ?? [];
      const earlier = this.pendingOf(key).filter((target) => [...hold.earlier, hold.namespace].includes(target));
      const pending = [...dependencies, ...earlier];
      if (pending.length > 0) planned.set(key, { ...hold, pending });
    }
    return planned;
  }

  /** What the workload waits for since an earlier commit, besides its dependencies. */
  heldFor(storeKey: string): readonly string[] {
    return this.#holds.get(storeKey)?.earlier.map((target) => target.storeKey) ?? [];
  }

  /** What the manifest in force of an object depends on. */
  dependenciesOf(storeKey: string): readonly NamedObject[] {
    const defined = this.#engine.state.objects.get(storeKey);
    if (!defined) return [];
    const { names, document } = defined;
    const known = this.#dependencies.get(document);
    if (known) return known;
    const { dependsOn } = orderOf(names, document.object, this.#engine.options.registry);
    this.#dependencies.set(document, dependsOn);
    return dependsOn;
  }

  /** What a held workload still waits for. */
  pendingOf(storeKey: string): readonly NamedObject[] {
    const hold = this.#holds.get(storeKey);
    if (!hold) return [];
    return this.#pending(new Map([[storeKey, hold]])).get(storeKey) ?? [];
  }

  /** A publication is in force: its holds replace those of what it changes. */
  published(changes: ObjectChanges, planned: ReadonlyMap<string, PlannedHold>): void {
    for (const { document } of changes.changed) if (document.names) this.#forget(document.names.storeKey);
    for (const { names } of changes.removed) this.#forget(names.storeKey);
    for (const [key, { pending, ...hold }] of planned) {
      this.#holds.set(key, hold);
      this.#texts.set(key, describePending(pending));
      this.#tell(key, 'Held', `waits for ${describePending(pending)}`);
    }
    this.#watch();
    this.#look();
  }

  /** After a start: what the store shows as held, with the order that was kept; `orders`: newest commit first. */
  restore(orders: readonly { commit: string; order: KeptOrder }[]): void {
    const { store } = this.#engine.options;
    const { state } = this.#engine;
    for (const [key, { names }] of state.objects) {
      const live = store.get(key)?.value;
      const text = live && heldFor(live);
      if (text === undefined) continue;
      const kept = orders.find(({ order }) => order.held.includes(key));
      const waves = Object.entries(kept?.order.waves ?? {}).map(([wave, keys]) => ({ wave: Number(wave), keys }));
      const wave = waves.find(({ keys }) => keys.includes(key))?.wave ?? 0;
      const earlier = waves
        .filter((one) => one.wave < wave)
        .flatMap(({ keys }) => keys.flatMap((one) => state.objects.get(one)?.names ?? []));
      const namespace = state.objects.get(`/registry/core/namespaces/${names.key.namespace}`)?.names;
      this.#holds.set(key, { names, commit: kept?.commit ?? state.commit ?? '', wave, earlier, namespace });
      this.#texts.set(key, text);
    }
    this.#watch();
    this.#look();
  }

  start(): void {
    const { store } = this.#engine.options;
    this.#stop = store.subscribe('/registry/', store.revision, {
      events: (batch) => {
        if (this.#watched.size > 0 && batch.some(({ key }) => this.#watched.has(key))) this.#look();
      },
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#stop?.();
  }

  #forget(key: string): void {
    this.#holds.delete(key);
    this.#texts.delete(key);
  }

  #watch(): void {
    const { state } = this.#engine;
    const watched = new Set<string>();
    const add = (target: NamedObject) => {
      for (const key of readinessKeys(target)) watched.add(key);
    };
    for (const list of new Set([...this.#holds.values()].map(({ earlier }) => earlier))) list.forEach(add);
    for (const [key, { namespace }] of this.#holds) {
      watched.add(key);
      if (namespace) add(namespace);
      const defined = state.objects.get(key);
      if (defined) this.dependenciesOf(key).forEach(add);
    }
    this.#watched = watched;
  }

  #look(): void {
    this.#due = true;
    if (this.#running || this.#stopped || this.#holds.size === 0) return;
    this.#running = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#engine.options;
    try {
      await nextTurn(); // a burst of changes is looked at once
      while (this.#due && !this.#stopped) {
        this.#due = false;
        await this.#releaseSome();
      }
    } catch (error) {
      log.warn({ error: String(error) }, 'held workloads could not be released; trying again');
      clock.after(DRIFT_BACKOFF_MS, () => this.#look());
    } finally {
      this.#running = false;
      if (this.#due) this.#look();
    }
  }

  async #releaseSome(): Promise<void> {
    if (this.#decide().size === 0) return;
    const lease = await this.#engine.lease.acquire(LEASE_MS_MAX);
    try {
      // Decided again: a publication may have come first.
      const texts = this.#decide();
      if ((await this.#apply(texts)) === 'refused' && texts.size > 1) {
        // One that cannot be applied now (a quota, say) holds up no other.
        for (const [key, text] of texts) await this.#apply(new Map([[key, text]]));
      }
      this.#watch();
    } finally {
      lease.release();
    }
  }

  async #apply(texts: ReadonlyMap<string, string | undefined>): Promise<AppliedAgain['result']> {
    const objects = [...texts.keys()].flatMap((key) => this.#engine.state.objects.get(key) ?? []);
    const held = new Map([...texts].flatMap(([key, text]) => (text === undefined ? [] : [[key, text] as const])));
    const applied = await applyAgain(this.#engine, objects, held);
    if (applied.result === 'refused') {
      const { log } = this.#engine.options;
      if (texts.size === 1)
        log.warn({ keys: [...texts.keys()], problem: applied.problem }, 'a hold cannot be changed now');
      return applied.result;
    }
    this.#due = true; // what was just released may be ready without another event; what changed meanwhile is looked at again
    if (applied.result !== 'changed meanwhile') for (const [key, text] of texts) this.#changed(key, text);
    return applied.result;
  }

  /** Held keys whose annotation has to change: the new text, or undefined for a release. */
  #decide(): Map<string, string | undefined> {
    const pending = this.#pending(this.#holds);
    for (const key of [...this.#holds.keys()]) if (!pending.has(key)) this.#forget(key);
    const texts = new Map<string, string | undefined>();
    for (const [key, targets] of pending) {
      if (targets.length === 0) texts.set(key, undefined);
      else if (pending.size <= WAITS_FOR_REWRITTEN_MAX && describePending(targets) !== this.#texts.get(key))
        texts.set(key, describePending(targets));
    }
    return texts;
  }

  #pending(holds: ReadonlyMap<string, Hold>): Map<string, readonly NamedObject[]> {
    const { store } = this.#engine.options;
    const { state } = this.#engine;
    const dependenciesOf = (key: string) => this.dependenciesOf(key);
    return pendingHolds({ holds, state, dependenciesOf, isReady: (target) => isReady(store, target) });
  }

  #changed(key: string, text: string | undefined): void {
    if (text !== undefined) {
      this.#texts.set(key, text);
      return;
    }
    const waitedFor = this.#texts.get(key);
    this.#forget(key);
    this.#tell(key, 'Released', `what it waited for is ready (${waitedFor})`);
  }

  #tell(key: string, reason: string, message: string): void {
    const { store, events } = this.#engine.options;
    const live = store.get(key)?.value;
    if (live) events.event(live, 'Normal', reason, message);
  }
}

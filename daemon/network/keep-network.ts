/**
 * The repair loop of the pod network: events and a slow resync → observe → decide → act, and observe again until nothing is left to do.
 *
 * Invariants: one repair at a time; pods that an operation works on are left alone; a pod whose repair fails does not keep others from
 * theirs, and is tried again with the next resync. What should exist is asked for at each run (`desired`), never remembered.
 */

import type { Clock } from '../base/clock.ts';
import type { HostNamespace } from '../base/host-namespace.ts';
import type { Iptables } from '../base/iptables.ts';
import type { Logger } from '../base/log.ts';
import type { NetworkExecutor } from './act.ts';
import { type Attachment, type DesiredNetwork, decideNetwork, type NetworkAction } from './decide.ts';
import { type NetworkMonitor, startNetworkMonitor } from './monitor.ts';
import { linkName } from './names.ts';
import { type HostState, type InsideState, observeHost, observeInside } from './observe.ts';
import { isNetworkChain } from './rules.ts';
import { findWrongSysctls, setSysctls } from './sysctls.ts';

export interface KeepNetworkOptions {
  namespace: HostNamespace;
  iptables: Iptables;
  clock: Clock;
  log: Logger;
  executor: NetworkExecutor;
  desired(): DesiredNetwork;
  /** A leaked pod's network is gone. */
  removed(uid: string): Promise<void>;
  /** Brings firewall rules up to date; returns what differed. */
  applyRules(): Promise<string[]>;
  /** Brings only the host ports up to date, cheaply. */
  applyHostPorts(): Promise<void>;
}

/** Events come in bursts (a new pod makes about twenty): one look for all of them, soon enough for a repair within a second. */
const DEBOUNCE_MS = 150;
/** Sysctls raise no event; everything must be back within 5 s. */
const RESYNC_MS = 4_000;
/** Every so many resyncs the links are looked at too, although no event came: 12 s. */
const LINKS_EVERY = 3;
/** Rules raise events; comparing them all at 2,000 services costs 150 ms, so only once a minute. */
const RULES_EVERY = 15;
/** Namespaces looked into per look at the links, in turn: a process each, and events are the rule. Idle cost counts (1 % of a core in all). */
const INSIDES_PER_RESYNC = 1;
/** New pods looked into per resync. */
const FRESH_PER_RESYNC = 8;
/** Events from a pod's namespace this soon after an operation on it are the operation's own; the next resyncs look into it. */
const FRESH_MS = 1_000;
/** Observe, decide, act rounds in one repair; what still differs then waits for the next resync. */
const ROUNDS_MAX = 4;

export class KeepNetwork {
  readonly #options: KeepNetworkOptions;
  #monitor: NetworkMonitor | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #isRequested = false;
  #isStarted = false;
  #isStopped = false;
  #needsRules = false;
  #resyncs = 0;
  #insideTurn = 0;
  readonly #cancels = new Set<() => void>();
  /** Namespace ids of events since the last look, and uids to look into. */
  #suspectIds = new Set<number>();
  #suspects = new Set<string>();
  /** Pods with an operation just over: uid → when. They are looked into by a resync, not at once. */
  readonly #fresh = new Map<string, number>();

  constructor(options: KeepNetworkOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const { namespace, clock, log, iptables } = this.#options;
    this.#monitor = startNetworkMonitor({
      namespace,
      clock,
      log,
      changed: ({ namespaceId }) => {
        if (namespaceId !== undefined) this.#suspectIds.add(namespaceId);
        this.request();
      },
    });
    iptables.onForeignChange((chains) => {
      if (chains !== undefined && ![...chains].some(isNetworkChain)) return;
      this.#needsRules = true;
      this.request();
    });
    this.#scheduleResync();
    this.request();
  }

  stop(): void {
    this.#isStopped = true;
    this.#monitor?.stop();
    for (const cancel of this.#cancels) cancel();
  }

  /** An operation on the pod is over: its own events need no look. */
  noteOperation(uid: string): void {
    this.#fresh.set(uid, this.#options.clock.monotonic());
  }

  /** Resolves when no repair runs. */
  async idle(): Promise<void> {
    await this.#tail;
  }

  /** A repair soon; requests until then are one. */
  request(): void {
    if (this.#isRequested || this.#isStopped || !this.#isStarted) return;
    this.#isRequested = true;
    this.#after(DEBOUNCE_MS, () => {
      this.#isRequested = false;
      void this.#enqueue(() => this.#repair()).catch((error: unknown) => {
        this.#options.log.warn({ error: String(error) }, 'the pod network could not be checked; will retry');
      });
    });
  }

  /** Everything at once: sysctls, bridge, pods, rules. Rejects when the bridge cannot be had. */
  repairNow(): Promise<void> {
    return this.#enqueue(async () => {
      await this.#repairSysctls();
      for (const { uid } of this.#options.desired().attachments) this.#suspects.add(uid);
      this.#needsRules = true;
      await this.#repair();
      const host = await observeHost(this.#options.namespace);
      if (!host.bridge) throw new Error('the bridge for pods could not be made; see the log');
    });
  }

  /** One pod, asked for by an operation on it (which keeps the loop away from it). */
  async repairPod(pod: Attachment): Promise<void> {
    const { namespace, executor, desired } = this.#options;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const [host, inside] = await Promise.all([observeHost(namespace), observeInside(namespace, pod.uid)]);
      const wanted: DesiredNetwork = {
        ...desired(),
        attachments: [pod],
        busy: new Set(),
        leaked: [],
        mayRemoveLinks: false,
      };
      const actions = decideNetwork(wanted, host, new Map([[pod.uid, inside]]));
      if (actions.length === 0) return;
      for (const action of actions) await executor.execute(action);
    }
    throw new Error(`the network of pod ${pod.uid} does not stay as it should be`);
  }

  applyHostPorts(): Promise<void> {
    return this.#enqueue(() => this.#options.applyHostPorts());
  }

  #after(delayMs: number, callback: () => void): void {
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#cancels.delete(cancel);
      if (!this.#isStopped) callback();
    });
    this.#cancels.add(cancel);
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => {});
    return result;
  }

  #scheduleResync(): void {
    this.#after(RESYNC_MS, () => {
      void this.#enqueue(() => this.#resync())
        .catch((error: unknown) =>
          this.#options.log.warn({ error: String(error) }, 'the pod network could not be checked; will retry'),
        )
        .then(() => this.#scheduleResync());
    });
  }

  async #resync(): Promise<void> {
    await this.#repairSysctls();
    this.#resyncs++;
    this.#needsRules ||= this.#resyncs % RULES_EVERY === 0;
    if (this.#resyncs % LINKS_EVERY !== 0) return;
    this.#suspectFresh();
    const { attachments } = this.#options.desired();
    for (let step = 0; step < Math.min(INSIDES_PER_RESYNC, attachments.length); step++) {
      this.#suspects.add(attachments[this.#insideTurn++ % attachments.length]!.uid);
    }
    await this.#repair();
  }

  #suspectFresh(): void {
    const now = this.#options.clock.monotonic();
    for (const [uid, at] of this.#fresh) {
      if (this.#suspects.size >= FRESH_PER_RESYNC) return;
      if (now - at < FRESH_MS) continue;
      this.#fresh.delete(uid);
      this.#suspects.add(uid);
    }
  }

  async #repairSysctls(): Promise<void> {
    const { namespace, log } = this.#options;
    const wrong = await findWrongSysctls(namespace);
    if (wrong.length === 0) return;
    const problems = await setSysctls(namespace, wrong);
    if (problems.length > 0) log.warn({ problems }, 'kernel switches could not be set');
    else log.info({ switches: wrong }, 'kernel switches set');
  }

  async #repair(): Promise<void> {
    const { namespace, desired, log } = this.#options;
    for (let round = 0; round < ROUNDS_MAX && !this.#isStopped; round++) {
      const host = await observeHost(namespace);
      this.#addSuspects(host);
      const insides = await this.#lookInside(desired());
      const actions = decideNetwork(desired(), host, insides);
      if (actions.length === 0) break;
      log.info({ actions: actions.length, first: actions[0] }, 'repairing the pod network');
      await this.#executeAll(actions);
    }
    if (!this.#needsRules) return;
    this.#needsRules = false;
    const different = await this.#options.applyRules();
    if (different.length > 0) log.info({ chains: different }, 'pod network rules written');
  }

  /** One pod's failing action ends that pod's turn only. */
  async #executeAll(actions: readonly NetworkAction[]): Promise<void> {
    const failed = new Set<string>();
    for (const action of actions) {
      const uid = 'uid' in action ? action.uid : '';
      if (uid !== '' && (failed.has(uid) || this.#options.desired().busy.has(uid))) continue;
      try {
        await this.#options.executor.execute(action);
        if (uid !== '') this.#suspects.add(uid);
        if (action.type === 'remove-pod') await this.#options.removed(action.uid);
      } catch (error) {
        failed.add(uid);
        this.#options.log.warn({ action, error: String(error) }, 'a repair of the pod network failed');
      }
    }
  }

  #addSuspects(host: HostState): void {
    const ids = this.#suspectIds;
    this.#suspectIds = new Set();
    const now = this.#options.clock.monotonic();
    for (const [name, { uid, namespaceId }] of host.ports) {
      if (uid === undefined || name !== linkName(uid) || namespaceId === undefined || !ids.has(namespaceId)) continue;
      const isOwn = now - (this.#fresh.get(uid) ?? Number.NEGATIVE_INFINITY) < FRESH_MS;
      if (!isOwn) this.#suspects.add(uid);
    }
  }

  async #lookInside(desired: DesiredNetwork): Promise<Map<string, InsideState>> {
    const suspects = this.#suspects;
    this.#suspects = new Set();
    const insides = new Map<string, InsideState>();
    for (const { uid } of desired.attachments) {
      if (suspects.has(uid) && !desired.busy.has(uid))
        insides.set(uid, await observeInside(this.#options.namespace, uid));
    }
    return insides;
  }
}

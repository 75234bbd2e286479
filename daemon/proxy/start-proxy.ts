/**
 * The service proxy of one node: Services and EndpointSlices by informer → rules in the kernel, kept there.
 *
 * Invariants: one sync at a time, everything that changed meanwhile goes into the next; nothing is written before both informers have
 * synced; a service whose rules the kernel refuses is set aside alone, with back-off, and all others stay in force; chains of others are
 * never touched. The API is only read.
 */

import { type Backoff, backoffDelayMs } from '../base/backoff.ts';
import type { Clock, Random } from '../base/clock.ts';
import { type HostNamespace, inNamespace } from '../base/host-namespace.ts';
import type { Iptables } from '../base/iptables.ts';
import type { Logger } from '../base/log.ts';
import { run } from '../base/process.ts';
import { afterTurn } from '../base/turn.ts';
import type { Informer } from '../client/informer.ts';
import { SlicesByService } from '../client/slices-by-service.ts';
import type { EndpointSlice, Service } from '../kinds/types.generated.ts';
import { type AcceptedByTable, applyAll, applyDue } from './apply.ts';
import { isProxyChain } from './chain-names.ts';
import { decideFlowDeletions, type FlowDeletion } from './conntrack.ts';
import type { NodeTopology } from './endpoints.ts';
import { createHealthChecks, type HealthChecks } from './health-check.ts';
import { NO_RULES, renderService, type ServiceRules } from './render-service.ts';
import { RuleSet } from './rule-set.ts';

export interface ProxyOptions {
  services: Informer<Service>;
  slices: Informer<EndpointSlice>;
  /** This node's name and zone, asked for at each rendering. */
  topology(): NodeTopology;
  /** The cluster's pod range, `10.244.0.0/16`. */
  podCidr: string;
  iptables: Iptables;
  namespace: HostNamespace;
  clock: Clock;
  random: Random;
  log: Logger;
  /** Told what somebody else had put into the proxy's chains, after it was removed: `CHAIN rule`, or a chain's name. */
  foreignRemoved?(rules: readonly string[]): void;
}

export interface ServiceProxy {
  /** Resolves when the first full set of rules is in force. */
  ready(): Promise<void>;
  /** Resolves when everything that informers have told so far is in force. For tests and for readiness. */
  settled(): Promise<void>;
  stop(): void;
}

/** Rules are compared with the kernel's this often although no event told of a change; at 2,000 services it costs 150 ms. */
const RESYNC_MS = 60_000;
/** Each is a process (3 ms); a service that loses more endpoints at once leaves the rest to conntrack's own 30 s time-out. */
const FLOW_DELETIONS_MAX = 500;
const SYNC_BACKOFF: Backoff = { baseMs: 100, maxMs: 10_000 };
/** A service that the kernel refused is tried again after 1 s to 5 min. */
const SERVICE_BACKOFF: Backoff = { baseMs: 1_000, maxMs: 300_000 };

export function startProxy(options: ProxyOptions): ServiceProxy {
  const proxy = new RunningProxy(options);
  void proxy.start();
  return proxy;
}

class RunningProxy implements ServiceProxy {
  readonly #options: ProxyOptions;
  readonly #rules = new RuleSet();
  readonly #accepted: AcceptedByTable = { nat: new Map(), filter: new Map() };
  readonly #slices = new SlicesByService();
  readonly #health: HealthChecks;
  /** What each service contributes now. */
  readonly #present = new Map<string, ServiceRules>();
  /** Services that the kernel refused: how often. */
  readonly #refused = new Map<string, number>();
  #dirty = new Set<string>();
  /** Due once the rules that made them necessary are in force. */
  #flowDeletions: FlowDeletion[] = [];
  #needsFull = true;
  #isRunning = false;
  #isScheduled = false;
  #isStarted = false;
  #isStopped = false;
  #wasReady = false;
  #failures = 0;
  #cancels = new Set<() => void>();
  readonly #ready = Promise.withResolvers<void>();
  #waiters: (() => void)[] = [];

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#health = createHealthChecks(options.log);
  }

  async start(): Promise<void> {
    const { services, slices, iptables } = this.#options;
    services.onChange(({ key }) => this.#markDirty(key));
    slices.onChange((change) => {
      for (const key of this.#slices.apply(change)) this.#markDirty(key);
    });
    await Promise.all([services.synced(), slices.synced()]);
    if (this.#isStopped) return;
    iptables.onForeignChange((chains) => {
      if (chains === undefined || [...chains].some(isProxyChain)) this.#requestFull();
    });
    this.#isStarted = true;
    this.#requestFull();
    this.#scheduleResync();
  }

  ready = () => this.#ready.promise;

  settled(): Promise<void> {
    if (this.#isStarted && !this.#isRunning && !this.#isScheduled && this.#dirty.size === 0 && !this.#needsFull)
      return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#cancels) cancel();
    this.#health.stop();
  }

  #after(delayMs: number, callback: () => void): void {
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#cancels.delete(cancel);
      if (!this.#isStopped) callback();
    });
    this.#cancels.add(cancel);
  }

  #markDirty(key: string): void {
    this.#dirty.add(key);
    this.#schedule();
  }

  #requestFull(): void {
    this.#needsFull = true;
    this.#schedule();
  }

  #scheduleResync(): void {
    this.#after(RESYNC_MS, () => {
      this.#requestFull();
      this.#scheduleResync();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isRunning || !this.#isStarted || this.#isStopped) return;
    this.#isScheduled = true;
    // One commit arrives within one turn: all of it goes into one batch.
    afterTurn(() => {
      this.#isScheduled = false;
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    if (this.#isRunning || this.#isStopped) return;
    this.#isRunning = true;
    let retryMs: number | undefined;
    try {
      await this.#sync();
      this.#failures = 0;
      this.#wasReady = true;
      this.#ready.resolve();
    } catch (error) {
      this.#needsFull = true;
      this.#failures++;
      retryMs = backoffDelayMs(SYNC_BACKOFF, this.#failures, this.#options.random);
      this.#options.log.warn(
        { error: String(error), failures: this.#failures },
        'service rules could not be brought up to date; will retry',
      );
    }
    this.#isRunning = false;
    if (retryMs !== undefined) this.#after(retryMs, () => this.#schedule());
    else if (this.#dirty.size > 0 || this.#needsFull) this.#schedule();
    else for (const resolve of this.#waiters.splice(0)) resolve();
  }

  async #sync(): Promise<void> {
    const keys = [...this.#dirty];
    this.#dirty = new Set();
    const changed = keys.filter((key) => this.#renderInto(key));
    const isFull = this.#needsFull;
    this.#needsFull = false;
    if (isFull) await this.#enableLoopbackNodePorts();
    try {
      // A change does not wait for a look at everything. At the start there is nothing to compare with yet: the look comes first.
      if (this.#wasReady) await applyDue(this.#options.iptables, this.#rules);
      if (isFull) {
        const unwanted = await this.#applyAll();
        // At the start it may be what an earlier daemon left; from then on the kernel holds what was written last.
        if (this.#wasReady && unwanted.length > 0) this.#options.foreignRemoved?.(unwanted);
      }
    } catch (error) {
      this.#options.log.info(
        { error: String(error), services: changed.length },
        'rules were refused; looking for the cause',
      );
      await this.#recover(changed);
    }
    await this.#deleteFlows();
  }

  /** Renders one service into the rule set; true when it contributes something now. */
  #renderInto(key: string): boolean {
    const { services, log, podCidr } = this.#options;
    const [namespace = '', name = ''] = key.split('/');
    const service = services.get({ namespace, name });
    const before = this.#present.get(key) ?? NO_RULES;
    const after = service
      ? renderService(service, this.#slices.of(key), this.#options.topology(), { podCidr })
      : NO_RULES;
    if (after.problems.length > 0 && after.problems.join() !== before.problems.join()) {
      log.warn({ service: key, problems: after.problems }, 'a part of the service is not proxied');
    }
    this.#flowDeletions.push(...decideFlowDeletions(before.flows, after.flows).slice(0, FLOW_DELETIONS_MAX));
    if (service) this.#present.set(key, after);
    else this.#present.delete(key);
    this.#rules.put(key, after.ports, after.healthPort);
    this.#health.set(key, after.healthPort, after.localEndpoints);
    return after.ports.size > 0;
  }

  /** Returns what stood in own chains unwanted. */
  async #applyAll(): Promise<readonly string[]> {
    const { iptables, log } = this.#options;
    const { different, unwanted } = await applyAll(iptables, this.#rules, this.#accepted, log);
    if (different.length > 0) log.info({ chains: different.length, first: different[0] }, 'service rules written');
    return unwanted;
  }

  /** After a refusal: a full repair first (a chain may have been missing); if that is refused too, the services that changed one by one. */
  async #recover(changed: readonly string[]): Promise<void> {
    try {
      await this.#applyAll();
      return;
    } catch (error) {
      if (changed.length === 0) throw error;
    }
    for (const key of changed) this.#withdraw(key);
    await this.#applyAll();
    await this.#addInHalves(changed);
  }

  #withdraw(key: string): void {
    this.#rules.put(key, new Map());
  }

  async #addInHalves(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const present = this.#present.get(key);
      if (present) this.#rules.put(key, present.ports, present.healthPort);
    }
    try {
      await applyDue(this.#options.iptables, this.#rules);
      for (const key of keys) this.#refused.delete(key);
      return;
    } catch (error) {
      for (const key of keys) this.#withdraw(key);
      await applyDue(this.#options.iptables, this.#rules);
      if (keys.length === 1) return this.#setAside(keys[0]!, error);
    }
    const half = Math.ceil(keys.length / 2);
    await this.#addInHalves(keys.slice(0, half));
    await this.#addInHalves(keys.slice(half));
  }

  #setAside(key: string, error: unknown): void {
    const failures = (this.#refused.get(key) ?? 0) + 1;
    this.#refused.set(key, failures);
    const retryMs = backoffDelayMs(SERVICE_BACKOFF, failures, this.#options.random);
    this.#options.log.error(
      { service: key, error: String(error), retryMs: Math.round(retryMs) },
      'the kernel refuses the rules of this service',
    );
    this.#after(retryMs, () => this.#markDirty(key));
  }

  /** `127.0.0.1:<nodePort>` needs packets from 127/8 to be routed; `REFLET-MARTIANS` closes what that opens. */
  async #enableLoopbackNodePorts(): Promise<void> {
    const { program, args } = inNamespace(this.#options.namespace, 'sysctl', [
      '-qw',
      'net.ipv4.conf.all.route_localnet=1',
    ]);
    const result = await run(program, args);
    if (result.exitCode !== 0)
      this.#options.log.warn({ error: result.stderr.trim() }, 'node ports will not answer on 127.0.0.1');
  }

  async #deleteFlows(): Promise<void> {
    for (const deletion of this.#flowDeletions.splice(0)) {
      const { program, args } = inNamespace(this.#options.namespace, 'conntrack', deletion);
      const result = await run(program, args);
      // Exit code 1 with "0 flow entries" is the usual case: there was none.
      if (result.exitCode !== 0 && !result.stderr.includes('0 flow entries')) {
        this.#options.log.warn({ error: result.stderr.trim() }, 'stale UDP flows could not be dropped');
        return;
      }
    }
  }
}

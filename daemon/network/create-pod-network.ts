/**
 * The pod network of one node: gives each pod a namespace, a cable to the node's bridge and an address, and keeps it that way.
 *
 * Invariants: an address belongs to one pod; a pod keeps its address for life, over restarts of the agent too; a repair never replaces a
 * namespace in which a process runs; nothing is removed that this node did not make. Pods on the host's network never come here.
 */

import type { Clock } from '../base/clock.ts';
import type { HostNamespace } from '../base/host-namespace.ts';
import type { Iptables } from '../base/iptables.ts';
import { formatIpv4Range, parseIpv4Range } from '../base/ipv4.ts';
import type { Logger } from '../base/log.ts';
import { createExecutor, type NetworkExecutor, type NetworkSettings } from './act.ts';
import { createNetworkRules, dropHostPortFlows } from './apply-rules.ts';
import type { DesiredNetwork } from './decide.ts';
import { AddressPool } from './ipam.ts';
import { KeepNetwork } from './keep-network.ts';
import { assertPodUid, BRIDGE, netnsPath } from './names.ts';
import { createRecords, type PodRecord, type Records } from './records.ts';
import { removeEverything } from './remove-everything.ts';
import { type HostPort, hostPortProblem, type RuleSettings } from './rules.ts';

export interface PodNetworkOptions {
  /** Undefined: the process's own network namespace. */
  namespace: HostNamespace;
  /** This node's pods, `10.244.0.0/24`. The first address is the bridge's. */
  nodeCidr: string;
  /** All nodes' pods, `10.244.0.0/16`: not masqueraded. */
  clusterCidr: string;
  /** Told what somebody else had put into the network's chains, after it was removed. */
  foreignRemoved?: (rules: readonly string[]) => void;
  /** The cluster's services: routed over the bridge for the host's own use, and left to service rules when forwarded. */
  serviceCidr?: string;
  mtu?: number;
  /** Where records are kept, a directory of this node's own; survives the daemon, may survive the host. */
  directory: string;
  iptables: Iptables;
  clock: Clock;
  log: Logger;
  /** A process in the pod's namespace, if any runs. */
  findProcess?(uid: string): Promise<number | undefined>;
}

export interface AttachOptions {
  /** An address that the pod had before; refused when it is another's or out of range. */
  ip?: string;
  hostPorts?: readonly HostPort[];
}

export interface PodNetworkAttachment {
  readonly ip: string;
  /** For podman's `netns: {nsmode: path}`. */
  readonly netnsPath: string;
}

export interface PodNetwork {
  /** The bridge's address: the pods' gateway, and where DNS should listen. */
  readonly gateway: string;
  readonly bridge: string;
  /** Bridge, sysctls, firewall rules, and the pods that records name. Call first; may be repeated. Rejects when the bridge cannot be made. */
  ensureHost(): Promise<void>;
  /** Idempotent: a pod that has a network keeps it (and its address). Rejects with a reason for people. */
  attach(uid: string, options?: AttachOptions): Promise<PodNetworkAttachment>;
  detach(uid: string): Promise<void>;
  /** What the pod has, if it has something. */
  find(uid: string): PodNetworkAttachment | undefined;
  /** Tells all pods that exist on this node: networks of others are removed from then on. */
  adopt(uids: readonly string[]): void;
  startRepair(): void;
  stop(): void;
  /** Everything that this node made: namespaces, links, bridge, rules, records. */
  removeEverything(): Promise<void>;
}

const MTU_DEFAULT = 1_500;

/** Loads the records; rejects when the range is invalid or the directory cannot be read. */
export async function createPodNetwork(options: PodNetworkOptions): Promise<PodNetwork> {
  const pool = new AddressPool(options.nodeCidr);
  if (!parseIpv4Range(options.clusterCidr))
    throw new Error(`cluster pod range ${JSON.stringify(options.clusterCidr)}: expected an IPv4 range`);
  const records = createRecords(options.directory);
  const network = new NodePodNetwork(options, pool, records);
  network.restore(await records.load());
  return network;
}

class NodePodNetwork implements PodNetwork {
  readonly gateway: string;
  readonly bridge = BRIDGE;
  readonly #options: PodNetworkOptions;
  readonly #pool: AddressPool;
  readonly #records: Records;
  readonly #settings: NetworkSettings;
  readonly #ruleSettings: RuleSettings;
  readonly #executor: NetworkExecutor;
  readonly #keeper: KeepNetwork;
  readonly #pods = new Map<string, PodRecord>();
  readonly #busy = new Set<string>();
  /** Per pod: the end of the last operation on it. */
  readonly #tails = new Map<string, Promise<unknown>>();
  /** Uids that have a record but that the agent did not name. */
  readonly #leaked = new Set<string>();
  #isAdopted = false;

  constructor(options: PodNetworkOptions, pool: AddressPool, records: Records) {
    this.#options = options;
    this.#pool = pool;
    this.#records = records;
    this.gateway = pool.gateway;
    const { bits } = pool.range;
    const serviceRange = options.serviceCidr === undefined ? undefined : parseIpv4Range(options.serviceCidr);
    const serviceCidr = serviceRange && formatIpv4Range(serviceRange);
    this.#settings = {
      gateway: pool.gateway,
      gatewayWithBits: `${pool.gateway}/${bits}`,
      bits,
      mtu: options.mtu ?? MTU_DEFAULT,
      serviceCidr,
    };
    this.#ruleSettings = {
      clusterCidr: formatIpv4Range(parseIpv4Range(options.clusterCidr)!),
      nodeCidr: formatIpv4Range(pool.range),
      serviceCidr,
      gateway: pool.gateway,
    };
    this.#executor = createExecutor({
      namespace: options.namespace,
      settings: this.#settings,
      findProcess: async (uid) => options.findProcess?.(uid),
    });
    const rules = createNetworkRules(options.iptables, this.#ruleSettings, options.foreignRemoved);
    this.#keeper = new KeepNetwork({
      ...options,
      executor: this.#executor,
      desired: () => this.#desired(),
      removed: (uid) => this.#forget(uid),
      applyRules: () => rules.applyAll([...this.#pods.values()]),
      applyHostPorts: () => rules.applyHostPorts([...this.#pods.values()]),
    });
  }

  restore(records: readonly PodRecord[]): void {
    for (const record of records) {
      if (this.#pool.claim(record.ip, record.uid)) this.#pods.set(record.uid, record);
      else this.#leaked.add(record.uid);
    }
  }

  ensureHost = () => this.#keeper.repairNow();
  startRepair = () => this.#keeper.start();
  stop = () => this.#keeper.stop();

  find(uid: string): PodNetworkAttachment | undefined {
    const pod = this.#pods.get(uid);
    return pod && !this.#busy.has(uid) ? { ip: pod.ip, netnsPath: netnsPath(uid) } : undefined;
  }

  adopt(uids: readonly string[]): void {
    const known = new Set(uids);
    for (const uid of this.#pods.keys()) {
      if (known.has(uid)) continue;
      this.#leaked.add(uid);
      this.#pods.delete(uid);
    }
    this.#isAdopted = true;
    this.#keeper.request();
  }

  attach(uid: string, options: AttachOptions = {}): Promise<PodNetworkAttachment> {
    return this.#exclusively(uid, () => this.#attach(uid, options));
  }

  detach(uid: string): Promise<void> {
    return this.#exclusively(uid, () => this.#detach(uid));
  }

  async removeEverything(): Promise<void> {
    this.#keeper.stop();
    await this.#keeper.idle();
    await removeEverything(this.#options.namespace, this.#options.iptables, [...this.#pods.keys(), ...this.#leaked]);
    this.#pods.clear();
    this.#leaked.clear();
    await this.#records.clear();
  }

  async #attach(uid: string, { ip, hostPorts = [] }: AttachOptions): Promise<PodNetworkAttachment> {
    assertPodUid(uid);
    const problem = hostPorts.map(hostPortProblem).find((text) => text !== undefined);
    if (problem) throw new Error(`pod ${uid}: ${problem}`);
    const known = this.#pods.get(uid);
    const address = known?.ip ?? this.#takeAddress(uid, ip);
    const record: PodRecord = { uid, ip: address, hostPorts };
    this.#leaked.delete(uid);
    try {
      await this.#records.save(record);
      if (known) await this.#keeper.repairPod(record);
      else await this.#executor.plumb(uid, address).catch(() => this.#keeper.repairPod(record));
      this.#pods.set(uid, record);
      if (hostPorts.length > 0 || (known?.hostPorts.length ?? 0) > 0) {
        await this.#keeper.applyHostPorts();
        await dropHostPortFlows(this.#options.namespace, hostPorts);
      }
    } catch (error) {
      if (!known) await this.#detach(uid, address).catch(() => {});
      throw error;
    }
    return { ip: address, netnsPath: netnsPath(uid) };
  }

  #takeAddress(uid: string, wanted: string | undefined): string {
    if (wanted !== undefined && this.#pool.claim(wanted, uid)) return wanted;
    const address = this.#pool.allocate(uid, this.#options.clock.monotonic());
    if (address === undefined) throw new Error(`no free pod address in ${this.#ruleSettings.nodeCidr}`);
    return address;
  }

  async #detach(uid: string, address = this.#pods.get(uid)?.ip): Promise<void> {
    assertPodUid(uid);
    const hostPorts = this.#pods.get(uid)?.hostPorts ?? [];
    this.#pods.delete(uid);
    await this.#executor.execute({ type: 'remove-pod', uid });
    if (address !== undefined) this.#pool.release(address, uid, this.#options.clock.monotonic());
    await this.#forget(uid);
    if (hostPorts.length === 0) return;
    await this.#keeper.applyHostPorts();
    await dropHostPortFlows(this.#options.namespace, hostPorts);
  }

  async #forget(uid: string): Promise<void> {
    this.#leaked.delete(uid);
    await this.#records.remove(uid);
  }

  #desired(): DesiredNetwork {
    return {
      ...this.#settings,
      attachments: [...this.#pods.values()],
      busy: this.#busy,
      leaked: this.#isAdopted ? [...this.#leaked] : [],
      mayRemoveLinks: this.#isAdopted,
    };
  }

  /** Operations on one pod run one after another, and the repair loop leaves the pod alone meanwhile. */
  #exclusively<T>(uid: string, operation: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(uid) ?? Promise.resolve();
    const result = before.then(() => {
      this.#busy.add(uid);
      return operation();
    });
    const tail = result
      .catch(() => {})
      .then(() => {
        if (this.#tails.get(uid) !== tail) return;
        this.#tails.delete(uid);
        this.#busy.delete(uid);
        if (this.#pods.has(uid)) this.#keeper.noteOperation(uid);
      });
    this.#tails.set(uid, tail);
    return result;
  }
}

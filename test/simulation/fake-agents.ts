/**
 * Agents without containers: every pod bound to a living node becomes Running and Ready after a while, and is removed some time after its
 * deletion began. Nodes can be lost and come back. Also a stand-in for the scheduler, for tests that need none.
 */

import { type Clock, formatMicroTime, formatTime, type Random } from '../../daemon/base/clock.ts';
import { keyOf } from '../../daemon/base/object.ts';
import { isReason } from '../../daemon/base/status.ts';
import { isPodReady } from '../../daemon/controllers/shared/pod.ts';
import { LEASES, NODES, PODS } from '../../daemon/kinds/resources.ts';
import type { Pod } from '../../daemon/kinds/types.generated.ts';
import type { FakeClient } from '../support/fake-client.ts';
import { makeNode } from '../support/objects.ts';

export interface FakeAgentsOptions {
  client: FakeClient;
  clock: Clock;
  random: Random;
  nodes: readonly string[];
  /** Longest time until a pod is ready, and until a deleted one is gone, in ms. */
  startMs: number;
  stopMs: number;
  /** Bind unassigned pods round-robin. */
  schedule?: boolean;
}

const LEASE_PERIOD_MS = 10_000;

export class FakeAgents {
  readonly #options: FakeAgentsOptions;
  readonly #lost = new Set<string>();
  readonly #busy = new Set<string>();
  #next = 0;
  #stopped = false;

  constructor(options: FakeAgentsOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { client, nodes } = this.#options;
    for (const name of nodes) {
      await client.create(NODES, makeNode(name));
      await client.create(LEASES, this.#lease(name));
    }
    this.#heartbeat();
    void this.#follow();
  }

  stop(): void {
    this.#stopped = true;
  }

  lose(node: string): void {
    this.#lost.add(node);
  }

  recover(node: string): void {
    this.#lost.delete(node);
    void ignoring(this.#renew(node));
    for (const pod of this.#options.client.all(PODS)) this.#look(pod);
  }

  #lease(name: string) {
    const metadata = { name, namespace: 'kube-node-lease' };
    const renewTime = formatMicroTime(this.#options.clock.now());
    return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: { holderIdentity: name, renewTime } };
  }

  #heartbeat(): void {
    if (this.#stopped) return;
    for (const node of this.#options.nodes) if (!this.#lost.has(node)) void ignoring(this.#renew(node));
    for (const pod of this.#options.client.all(PODS)) this.#look(pod);
    this.#options.clock.after(LEASE_PERIOD_MS, () => this.#heartbeat());
  }

  async #renew(node: string): Promise<void> {
    const { client, clock } = this.#options;
    const key = { namespace: 'kube-node-lease', name: node };
    const spec = { holderIdentity: node, renewTime: formatMicroTime(clock.now()) };
    await ignoring(client.patch(LEASES, key, { spec }, { type: 'merge' }));
    const live = await client.get(NODES, { name: node });
    const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' };
    if (live.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True') return;
    const conditions = [...(live.status?.conditions ?? []).filter(({ type }) => type !== 'Ready'), ready];
    await ignoring(
      client.patch(NODES, { name: node }, { status: { conditions } }, { type: 'merge', subresource: 'status' }),
    );
  }

  async #follow(): Promise<void> {
    const signal = new AbortController().signal;
    while (!this.#stopped) {
      for (const pod of this.#options.client.all(PODS)) this.#look(pod);
      try {
        for await (const event of this.#options.client.watch(PODS, { signal, resourceVersion: '0' })) {
          if (this.#stopped) return;
          if (event.type !== 'DELETED') this.#look(event.object);
        }
      } catch (error) {
        if (!isReason(error, 'Expired')) throw error;
      }
    }
  }

  #look(pod: Pod): void {
    const { random, startMs, stopMs } = this.#options;
    const { uid, deletionTimestamp } = pod.metadata ?? {};
    const node = pod.spec?.nodeName;
    if (!node) {
      if (this.#options.schedule) this.#once(`bind ${uid}`, 0, () => this.#bind(pod));
      return;
    }
    if (this.#lost.has(node)) return;
    if (deletionTimestamp) this.#once(`stop ${uid}`, random.next() * stopMs, () => this.#remove(pod));
    else if (!isPodReady(pod)) this.#once(`start ${uid}`, random.next() * startMs, () => this.#ready(pod));
  }

  #once(task: string, delayMs: number, run: () => Promise<unknown>): void {
    if (this.#busy.has(task)) return;
    this.#busy.add(task);
    this.#options.clock.after(delayMs, () => {
      void ignoring(run()).finally(() => this.#busy.delete(task));
    });
  }

  async #bind(pod: Pod): Promise<void> {
    const alive = this.#options.nodes.filter((node) => !this.#lost.has(node));
    const name = alive[this.#next++ % alive.length];
    const target = { apiVersion: 'v1', kind: 'Node', name };
    const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name: pod.metadata?.name }, target };
    await this.#options.client.createSubresource(PODS, keyOf(pod), 'binding', body as never);
  }

  async #ready(pod: Pod): Promise<void> {
    if (this.#lost.has(pod.spec?.nodeName ?? '')) return;
    const time = formatTime(this.#options.clock.now());
    const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: time }];
    const address = `10.1.0.${1 + (this.#next++ % 250)}`;
    const status = { phase: 'Running', podIP: address, podIPs: [{ ip: address }], conditions };
    const patch = { metadata: { uid: pod.metadata?.uid }, status };
    await this.#options.client.patch(PODS, keyOf(pod), patch, { type: 'merge', subresource: 'status' });
  }

  async #remove(pod: Pod): Promise<void> {
    if (this.#lost.has(pod.spec?.nodeName ?? '')) return;
    const preconditions = { uid: pod.metadata?.uid };
    await this.#options.client.delete(PODS, keyOf(pod), { gracePeriodSeconds: 0, preconditions });
  }
}

/** Agents outlive whatever the API answers; what failed is tried again by the next change or heartbeat. */
async function ignoring(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof TypeError) throw error;
  }
}

/**
 * The first look at what the API wants of this node, after each start: what runs here and is not wanted any more is stopped, networks of nobody are
 * given back.
 *
 * In a cluster that was rebuilt from its repository the API may know too little: a pod that was made after the last checkpoint is unknown to it. Such
 * pods go on running and are named on the Node object, until somebody removes that annotation. And the node says that it has told its pods.
 */

import { type Clock, sleep } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { isReason } from '../../base/status.ts';
import type { Client } from '../../client/client.ts';
import type { Informer } from '../../client/informer.ts';
import { AWAITING_REPORT, isAwaitingReport, UNKNOWN_PODS } from '../../kinds/common/rebuild.ts';
import { NODES } from '../../kinds/resources.ts';
import type { Node, Pod } from '../../kinds/types.generated.ts';
import { type EventRecorder, referenceOf } from '../../runtime/events.ts';
import type { PodNetwork } from '../ports.ts';
import type { ContainerTable } from './container-table.ts';
import type { ObservedContainer } from './observed.ts';
import type { PodManager } from './pod-manager.ts';

export interface AdoptionOptions {
  client: Client;
  nodeName: string;
  manager: Pick<PodManager, 'entries' | 'set' | 'remove' | 'hasTold'>;
  table: Pick<ContainerTable, 'uids' | 'ofPod'>;
  pods: Pick<Informer<Pod>, 'synced' | 'list'>;
  network: PodNetwork;
  recorder: EventRecorder;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

const RETRY_MS = 1_000;
/** How often it is looked whether the pods' statuses have been written, and for how long. */
const TOLD_CHECK_MS = 50;
const TOLD_MS_MAX = 30_000;
/** Pods that the annotation names; the rest is counted. */
const NAMED_MAX = 20;

export class Adoption {
  readonly #options: AdoptionOptions;
  /** Uids that are kept although the API does not know them. */
  readonly #unknown = new Set<string>();

  constructor(options: AdoptionOptions) {
    this.#options = options;
  }

  /** Once the pods have been listed. Ends when it is done or the agent stops. */
  async run(): Promise<void> {
    const { pods, signal, network, manager, table } = this.#options;
    await pods.synced();
    const node = await this.#untilDone(() => this.#readNode());
    if (signal.aborted) return;
    const isRebuilt = node !== undefined && (isAwaitingReport(node) || namesUnknown(node));
    const wanted = new Set(pods.list().map(({ metadata }) => metadata?.uid ?? ''));
    for (const uid of [...manager.entries.keys(), ...table.uids()]) if (!wanted.has(uid)) this.#unknown.add(uid);
    if (!isRebuilt) this.#removeUnknown();
    network.adopt?.([...manager.entries.keys(), ...this.#unknown]);
    if (!isRebuilt) return;
    await this.#untilTold();
    await this.#untilDone(() => this.#report(node));
  }

  /** Periodically: ends the unknown pods when somebody has said so by removing the annotation. */
  async check(): Promise<void> {
    if (this.#unknown.size === 0) return;
    const node = await this.#readNode();
    if (!node || isAwaitingReport(node) || namesUnknown(node)) return;
    this.#removeUnknown();
    this.#options.network.adopt?.([...this.#options.manager.entries.keys()]);
  }

  async #readNode(): Promise<Readonly<Node> | undefined> {
    const { client, nodeName } = this.#options;
    return client.get(NODES, { name: nodeName }).catch((error: unknown) => {
      if (isReason(error, 'NotFound')) return undefined;
      throw error;
    });
  }

  #removeUnknown(): void {
    const { manager, table, pods } = this.#options;
    const wanted = new Set(pods.list().map(({ metadata }) => metadata?.uid ?? ''));
    for (const uid of this.#unknown) {
      if (wanted.has(uid)) continue;
      const [container] = table.ofPod(uid);
      if (!manager.entries.has(uid) && container) manager.set(orphanOf(container));
      manager.remove(uid);
    }
    this.#unknown.clear();
  }

  async #untilTold(): Promise<void> {
    const { manager, clock, signal, log } = this.#options;
    const began = clock.monotonic();
    while (!signal.aborted && !manager.hasTold()) {
      if (clock.monotonic() - began > TOLD_MS_MAX) {
        log.warn({ node: this.#options.nodeName }, 'some statuses could not be written; the node reports all the same');
        return;
      }
      await sleep(clock, TOLD_CHECK_MS, signal);
    }
  }

  async #report(node: Readonly<Node>): Promise<void> {
    const { client, nodeName, recorder, log } = this.#options;
    const unknown = this.#names();
    const annotations = { [AWAITING_REPORT]: null, [UNKNOWN_PODS]: unknown || null };
    await client.patch(NODES, { name: nodeName }, { metadata: { annotations } }, { type: 'merge' });
    if (unknown === '') return;
    const message =
      `Running here and unknown since the rebuild: ${unknown}. They go on running; to end them: ` +
      `kubectl annotate node ${nodeName} ${UNKNOWN_PODS}-`;
    log.warn({ pods: unknown }, 'pods run here that the rebuilt cluster does not know; they are kept');
    recorder.record({ regarding: referenceOf(NODES, node), type: 'Warning', reason: 'UnknownPods', message });
  }

  #names(): string {
    const { manager, table } = this.#options;
    const names = [...this.#unknown].map((uid) => {
      const { namespace, name } = manager.entries.get(uid)?.pod.metadata ?? {};
      const [container] = table.ofPod(uid);
      return `${namespace ?? container?.namespace}/${name ?? container?.pod} (${uid})`;
    });
    const shown = names.sort().slice(0, NAMED_MAX).join(', ');
    return names.length > NAMED_MAX ? `${shown} and ${names.length - NAMED_MAX} more` : shown;
  }

  async #untilDone<T>(act: () => Promise<T>): Promise<T | undefined> {
    const { clock, signal, log } = this.#options;
    while (!signal.aborted) {
      try {
        return await act();
      } catch (error) {
        log.debug({ error: String(error) }, 'the node could not be asked; will retry');
        await sleep(clock, RETRY_MS, signal);
      }
    }
    return undefined;
  }
}

const namesUnknown = ({ metadata }: Readonly<Node>): boolean => metadata?.annotations?.[UNKNOWN_PODS] !== undefined;

/** Enough of a pod of which only containers are left to stop them in order. */
function orphanOf({ uid, namespace, pod, name }: Readonly<ObservedContainer>): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { uid, namespace, name: pod }, spec: { containers: [{ name }] } };
}

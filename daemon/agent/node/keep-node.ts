/**
 * Registers this host's Node, renews its Lease every 10 s and keeps its status: written when it changes, and every 5 min.
 */

import { type Clock, formatMicroTime, sleep } from '../../base/clock.ts';
import { cloneJson, deepEqual } from '../../base/json.ts';
import type { Logger } from '../../base/log.ts';
import { isReason } from '../../base/status.ts';
import type { Client } from '../../client/client.ts';
import { LEASES, NODES } from '../../kinds/resources.ts';
import type { Lease, Node, NodeStatus } from '../../kinds/types.generated.ts';
import type { EventRecorder } from '../../runtime/events.ts';
import { type NodeIdentity, type NodeObservation, renderNode, renderNodeStatus } from './render-node.ts';

export interface KeepNodeOptions {
  client: Client;
  identity: NodeIdentity;
  observe(): Promise<NodeObservation>;
  recorder: EventRecorder;
  clock: Clock;
  log: Logger;
}

export interface KeptNode {
  /** Resolves when the node is registered and its first status written. */
  ready: Promise<void>;
  stop(): Promise<void>;
}

const LEASE_NAMESPACE = 'kube-node-lease';
const LEASE_SECONDS = 40;
const RENEW_MS = 10_000;
/** After a failure, so that a server that was restarted hears soon. */
const RETRY_MS = 1_000;
const REPORT_MS = 300_000;
/** The kubelet's `nodeStatusUpdateRetry`. */
const STATUS_TRIES_MAX = 5;

export function keepNode(options: KeepNodeOptions): KeptNode {
  const { client, identity, recorder, clock, log } = options;
  const stopped = new AbortController();
  const ready = Promise.withResolvers<void>();
  let reportedMs = Number.NEGATIVE_INFINITY;

  const run = async () => {
    let first = true;
    while (!stopped.signal.aborted) {
      let waitMs = RENEW_MS;
      try {
        const node = await ensureNode(options);
        // Both within one period: the lease alone keeps a node alive.
        await renewLease(client, node, clock);
        await report(node);
        if (first) tellStart(node);
        first = false;
        ready.resolve();
      } catch (error) {
        waitMs = RETRY_MS;
        log.warn({ node: identity.name, error: String(error) }, 'the node could not be kept; will retry');
      }
      await sleep(clock, waitMs, stopped.signal);
    }
  };

  const report = async (node: Readonly<Node>) => {
    const now = clock.now();
    const observation = await options.observe();
    const render = (before: Readonly<NodeStatus>) => renderNodeStatus(observation, identity, before, now);
    const due = clock.monotonic() - reportedMs >= REPORT_MS;
    const { status = {} } = node;
    if (!due && deepEqual(withoutHeartbeat(render(status)), withoutHeartbeat(status))) return;
    await writeStatus(client, node, render);
    reportedMs = clock.monotonic();
  };

  const tellStart = ({ metadata }: Readonly<Node>) => {
    const regarding = { apiVersion: 'v1', kind: 'Node', name: identity.name, uid: metadata?.uid };
    recorder.record({ regarding, type: 'Normal', reason: 'Starting', message: 'Starting kubelet.' });
    const ready = `Node ${identity.name} status is now: NodeReady`;
    recorder.record({ regarding, type: 'Normal', reason: 'NodeReady', message: ready });
  };

  const running = run();
  return {
    ready: ready.promise,
    async stop() {
      stopped.abort();
      await running;
    },
  };
}

/** Controllers write to a node as well, most of all when it is new: it is written again on top of theirs at once, as often as the kubelet does. */
async function writeStatus(
  client: Client,
  node: Readonly<Node>,
  render: (before: Readonly<NodeStatus>) => NodeStatus,
): Promise<void> {
  let present = node;
  for (let tries = 1; ; tries++) {
    try {
      const status = render(present.status ?? {});
      const next = { ...cloneJson(present as Node), apiVersion: 'v1', kind: 'Node', status } as Node;
      await client.update(NODES, next, { subresource: 'status' });
      return;
    } catch (error) {
      if (tries === STATUS_TRIES_MAX || !isReason(error, 'Conflict')) throw error;
      present = await client.get(NODES, { name: node.metadata?.name ?? '' });
    }
  }
}

function withoutHeartbeat(status: Readonly<NodeStatus>): object {
  const conditions = (status.conditions ?? []).map(({ lastHeartbeatTime: _, ...rest }) => rest);
  return { ...status, conditions };
}

async function ensureNode({ client, identity, observe }: KeepNodeOptions): Promise<Readonly<Node>> {
  const { name } = identity;
  try {
    const node = await client.get(NODES, { name });
    return await reconcile(client, node, renderNode((await observe()).facts, identity));
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
  return client.create(NODES, renderNode((await observe()).facts, identity));
}

/** Labels of the host, and its pods' range: what others have added stays. */
async function reconcile(client: Client, node: Readonly<Node>, wanted: Node): Promise<Readonly<Node>> {
  const { labels = {}, annotations = {} } = node.metadata ?? {};
  const missingLabels = Object.entries(wanted.metadata?.labels ?? {}).filter(([key, value]) => labels[key] !== value);
  const missingRange = wanted.spec?.podCIDR !== undefined && node.spec?.podCIDR === undefined;
  if (missingLabels.length === 0 && !missingRange) return node;
  const patch = {
    metadata: {
      labels: Object.fromEntries(missingLabels),
      annotations: { ...wanted.metadata?.annotations, ...annotations },
    },
    ...(missingRange ? { spec: { podCIDR: wanted.spec!.podCIDR, podCIDRs: wanted.spec!.podCIDRs } } : {}),
  };
  return client.patch(NODES, { name: node.metadata?.name ?? '' }, patch, { type: 'merge' });
}

async function renewLease(client: Client, node: Readonly<Node>, clock: Clock): Promise<void> {
  const name = node.metadata?.name ?? '';
  const key = { namespace: LEASE_NAMESPACE, name };
  const renewTime = formatMicroTime(clock.now());
  const spec = { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime };
  const owner = { apiVersion: 'v1', kind: 'Node', name, uid: node.metadata?.uid ?? '' };
  const lease: Lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { ...key, ownerReferences: [owner] },
    spec,
  };
  try {
    await client.patch(LEASES, key, { spec: { ...spec } }, { type: 'merge' });
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
    await client.create(LEASES, lease);
  }
}

/**
 * Registers the node, renews its lease, reports its status: at once when it changes, else rarely (`kubelet`'s nodeStatusReportFrequency).
 */

import type { Clock } from '../../base/clock.ts';
import { formatMicroTime, sleep } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { isReason } from '../../base/status.ts';
import type { Client } from '../../client/client.ts';
import { LEASES, NODES } from '../../kinds/resources.ts';
import type { Lease, Node } from '../../kinds/types.generated.ts';
import { isNews, type NodeReport, newNode, nodeLabels, nodeStatus } from './node-object.ts';

const LEASE_NAMESPACE = 'kube-node-lease';
/** The kubelet's nodeLeaseDurationSeconds; renewed at a quarter of it. */
const LEASE_SECONDS = 40;
const RENEW_MS = 10_000;
/** A status is looked at this often, and written this often though nothing changed. */
const LOOK_MS = 10_000;
const REPORT_MS = 300_000;

export interface NodeReporterOptions {
  client: Client;
  /** Everything as it is now. */
  report(): Promise<NodeReport>;
  clock: Clock;
  log: Logger;
}

export interface NodeReporter {
  /** Resolves when the node is registered. */
  registered(): Promise<void>;
  /** Looks now: something has changed. */
  soon(): void;
  stop(): void;
}

export function startNodeReporter(options: NodeReporterOptions): NodeReporter {
  const { clock, log } = options;
  const stopped = new AbortController();
  const registered = Promise.withResolvers<void>();
  let wake = new AbortController();
  let lastReportMs = Number.NEGATIVE_INFINITY;

  const every = async (periodMs: number, what: string, once: () => Promise<void>, wakeable: boolean) => {
    while (!stopped.signal.aborted) {
      await once().catch((error: unknown) => log.warn({ err: error }, `${what} failed; will try again`));
      const signal = wakeable ? AbortSignal.any([stopped.signal, wake.signal]) : stopped.signal;
      await sleep(clock, periodMs, signal);
      if (wake.signal.aborted) wake = new AbortController();
    }
  };

  const lookAtStatus = async () => {
    const report = await options.report();
    const node = await registerNode(options, report);
    registered.resolve();
    const next = nodeStatus(report, node.status, clock.now());
    if (!isNews(next, node.status) && clock.now() - lastReportMs < REPORT_MS) return;
    await options.client.patch(
      NODES,
      { name: report.name },
      { status: next },
      { type: 'strategic', subresource: 'status' },
    );
    lastReportMs = clock.now();
  };

  const renew = async () => {
    await registered.promise;
    const { name } = await options.report();
    await renewLease(options, name);
  };

  void every(LOOK_MS, 'reporting the node’s status', lookAtStatus, true);
  void every(RENEW_MS, 'renewing the node’s lease', renew, false);
  return {
    registered: () => registered.promise,
    soon: () => wake.abort(),
    stop: () => stopped.abort(),
  };
}

/** The live Node; made when it is not there, its own labels put back when they are not as they should be. */
async function registerNode({ client, clock }: NodeReporterOptions, report: NodeReport): Promise<Readonly<Node>> {
  const live = await client.get(NODES, { name: report.name }).catch((error: unknown) => {
    if (isReason(error, 'NotFound')) return undefined;
    throw error;
  });
  if (!live) return client.create(NODES, newNode(report, clock.now()));
  const wanted = nodeLabels(report);
  const isLabelled = Object.entries(wanted).every(([key, value]) => live.metadata?.labels?.[key] === value);
  return isLabelled
    ? live
    : client.patch(NODES, { name: report.name }, { metadata: { labels: wanted } }, { type: 'strategic' });
}

async function renewLease({ client, clock }: NodeReporterOptions, name: string): Promise<void> {
  const key = { namespace: LEASE_NAMESPACE, name };
  const spec: Lease['spec'] = {
    holderIdentity: name,
    leaseDurationSeconds: LEASE_SECONDS,
    renewTime: formatMicroTime(clock.now()),
  };
  try {
    await client.patch(LEASES, key, { spec }, { type: 'merge' });
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
    const node = await client.get(NODES, { name });
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid: node.metadata?.uid ?? '' }];
    await client.create(LEASES, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { ...key, ownerReferences },
      spec,
    });
  }
}

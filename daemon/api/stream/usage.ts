/**
 * NodeMetrics and PodMetrics (`metrics.k8s.io/v1beta1`) of what the nodes' agents measured last, in the forms of metrics-server.
 */

import { type Clock, formatTime } from '../../base/clock.ts';
import { formatGoDuration } from '../../base/go-duration.ts';
import type { KubeObject } from '../../base/object.ts';
import { formatQuantity } from '../../base/quantity.ts';
import type { NodeUsage, UsageRate } from '../../client/node-service.ts';
import type { Kind } from '../../kinds/kind.ts';
import type { Node, NodeMetrics, Pod, PodMetrics } from '../../kinds/types.generated.ts';
import type { Store } from '../../store/store.ts';
import type { NodeServices } from './pod-target.ts';

const API_VERSION = 'metrics.k8s.io/v1beta1';

export interface UsageSources {
  store: Store;
  nodes: NodeServices;
  clock: Clock;
}

/** The objects of one of the two kinds, in order of their keys. What was not measured yet is not among them. */
export function measureUsage(sources: UsageSources, { resource }: Kind): readonly KubeObject[] {
  return resource.kind === 'NodeMetrics' ? nodeMetrics(sources) : podMetrics(sources);
}

function usages({ store, nodes }: UsageSources): { node: Node; usage: NodeUsage }[] {
  return store.range('/registry/core/nodes/').entries.flatMap(({ value }) => {
    const usage = nodes(value.metadata?.name ?? '')?.usage();
    return usage ? [{ node: value as Node, usage }] : [];
  });
}

function nodeMetrics(sources: UsageSources): NodeMetrics[] {
  return usages(sources).flatMap(({ node, usage }) =>
    usage.node
      ? [{ ...headOf(sources, 'NodeMetrics', node), ...windowOf([usage.node]), usage: amountsOf(usage.node) }]
      : [],
  );
}

function podMetrics(sources: UsageSources): PodMetrics[] {
  const byUid = new Map(
    usages(sources).flatMap(({ usage }) => usage.pods.map(({ uid, containers }) => [uid, containers])),
  );
  return sources.store.range('/registry/core/pods/').entries.flatMap(({ value }) => {
    const containers = byUid.get(value.metadata?.uid ?? '');
    if (!containers) return [];
    const rates = containers.map(({ rate }) => rate);
    return [
      {
        ...headOf(sources, 'PodMetrics', value as Pod),
        ...windowOf(rates),
        containers: containers.map(({ name, rate }) => ({ name, usage: amountsOf(rate) })),
      },
    ];
  });
}

function headOf({ clock }: UsageSources, kind: string, { metadata = {} }: Readonly<KubeObject>): KubeObject {
  const { name, namespace, labels } = metadata;
  return {
    apiVersion: API_VERSION,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      creationTimestamp: formatTime(clock.now()),
      ...(labels ? { labels } : {}),
    },
  };
}

/** Of several, the one that was looked at first. */
function windowOf(rates: readonly UsageRate[]): { timestamp: string; window: string } {
  const first = rates.reduce((earliest, one) => (one.atMs < earliest.atMs ? one : earliest));
  return {
    timestamp: formatTime(first.atMs),
    window: formatGoDuration(BigInt(Math.round(first.windowMs)) * 1_000_000n),
  };
}

const amountsOf = ({ cpuNanoCores, workingSetBytes }: UsageRate): Record<string, string> => ({
  cpu: formatQuantity({ nanos: BigInt(cpuNanoCores), format: 'DecimalSI' }),
  memory: formatQuantity({ nanos: BigInt(workingSetBytes) * 1_000_000_000n, format: 'BinarySI' }),
});

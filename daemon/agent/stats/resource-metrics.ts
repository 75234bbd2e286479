/** `metrics/resource`: what metrics-server scrapes (`pkg/kubelet/metrics/collectors/resource_metrics.go`). Pure. */

import type { Metric, Sample } from './exposition.ts';
import type { GroupUsage } from './group-usage.ts';
import type { NodeReading } from './reading.ts';

type Labels = Readonly<Record<string, string>>;

const MEASURES: readonly { name: string; help: string; type: Metric['type']; read: (usage: GroupUsage) => number }[] = [
  {
    name: 'cpu_usage_seconds_total',
    help: '[STABLE] Processor time used, in core-seconds',
    type: 'counter',
    read: ({ cpuNs }) => cpuNs / 1e9,
  },
  {
    name: 'memory_working_set_bytes',
    help: '[STABLE] Working set in bytes',
    type: 'gauge',
    read: ({ memory }) => memory.workingSetBytes,
  },
  { name: 'swap_usage_bytes', help: '[ALPHA] Swap used, in bytes', type: 'gauge', read: ({ swapBytes }) => swapBytes },
];

export function resourceMetrics({ host, pods, atMs }: NodeReading): Metric[] {
  const labelled = pods.map(({ pod, containers }) => {
    const labels = { namespace: pod.metadata?.namespace ?? '', pod: pod.metadata?.name ?? '' };
    const each = containers.map(({ container, usage }) => ({
      labels: { container: container.name, ...labels },
      usage,
    }));
    return { labels, each };
  });
  const containers = labelled.flatMap(({ each }) => each);
  const measured = MEASURES.flatMap(({ name, help, type, read }): Metric[] => [
    { name: `node_${name}`, help, type, samples: [{ value: read(host), atMs }] },
    { name: `pod_${name}`, help, type, samples: labelled.map(({ labels, each }) => sumOf(labels, each, read, atMs)) },
    {
      name: `container_${name}`,
      help,
      type,
      samples: containers.map(({ labels, usage }) => ({ labels, value: read(usage), atMs })),
    },
  ]);
  const started = pods.flatMap(({ pod, containers: all }) =>
    all.map(({ container }): Sample => {
      const { namespace = '', name = '' } = pod.metadata ?? {};
      return { labels: { container: container.name, namespace, pod: name }, value: container.startedMs / 1000 };
    }),
  );
  return [
    ...measured,
    {
      ...{ name: 'container_start_time_seconds', type: 'gauge', samples: started },
      help: '[STABLE] When the container was started, in seconds since the epoch',
    },
    // Reading them has not failed: it would have been answered.
    {
      name: 'resource_scrape_error',
      help: '[STABLE] 1 when usage could not be read',
      type: 'gauge',
      samples: [{ value: 0 }],
    },
    { name: 'scrape_error', help: '[ALPHA] 1 when usage could not be read', type: 'gauge', samples: [{ value: 0 }] },
  ];
}

function sumOf(
  labels: Labels,
  containers: readonly { usage: GroupUsage }[],
  read: (usage: GroupUsage) => number,
  atMs: number,
): Sample {
  return { labels, value: containers.reduce((sum, { usage }) => sum + read(usage), 0), atMs };
}

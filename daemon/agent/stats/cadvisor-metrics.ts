/** `metrics/cadvisor`: containers in the names and labels of cAdvisor, which Prometheus' dashboards are made for. Pure. */

import { quantityMilliValue, quantityValue } from '../../base/quantity.ts';
import { findContainer } from '../pods/snapshot.ts';
import type { Metric, Sample } from './exposition.ts';
import type { InterfaceUsage } from './kernel-files.ts';
import type { ContainerReading, NodeReading, PodReading } from './reading.ts';

/** What `cpu.cfs_period_us` is unless somebody changes it. */
const PERIOD_US = 100_000;

interface Measure {
  name: string;
  help: string;
  type: Metric['type'];
  labels?: Readonly<Record<string, string>>;
  /** Undefined: it has none. */
  read(one: ContainerReading, pod: PodReading): number | undefined;
}

const limitOf =
  (name: 'cpu' | 'memory') =>
  ({ container }: ContainerReading, { pod }: PodReading) =>
    findContainer(pod, container.name)?.resources?.limits?.[name];

const MEASURES: readonly Measure[] = [
  {
    name: 'cpu_usage_seconds_total',
    help: 'Processor time used, in seconds.',
    type: 'counter',
    labels: { cpu: 'total' },
    read: ({ usage }) => usage.cpuNs / 1e9,
  },
  {
    name: 'memory_usage_bytes',
    help: 'Memory in use, cache included.',
    type: 'gauge',
    read: ({ usage }) => usage.memory.usageBytes,
  },
  {
    name: 'memory_working_set_bytes',
    help: 'Working set.',
    type: 'gauge',
    read: ({ usage }) => usage.memory.workingSetBytes,
  },
  { name: 'memory_rss', help: 'Resident memory.', type: 'gauge', read: ({ usage }) => usage.memory.rssBytes },
  { name: 'memory_cache', help: 'Page cache.', type: 'gauge', read: ({ usage }) => usage.memory.cacheBytes },
  { name: 'memory_swap', help: 'Swap in use.', type: 'gauge', read: ({ usage }) => usage.swapBytes },
  { name: 'processes', help: 'Processes.', type: 'gauge', read: ({ usage }) => usage.processes },
  {
    name: 'fs_usage_bytes',
    help: 'Bytes written beside volumes.',
    type: 'gauge',
    read: ({ writable }) => writable.bytes,
  },
  {
    name: 'start_time_seconds',
    help: 'When it was started, since the epoch.',
    type: 'gauge',
    read: ({ container }) => container.startedMs / 1000,
  },
  {
    name: 'spec_memory_limit_bytes',
    help: 'Memory limit; 0 for none.',
    type: 'gauge',
    read: (one, pod) => quantityValue(limitOf('memory')(one, pod) ?? '0'),
  },
  {
    name: 'spec_cpu_period',
    help: 'Period of the processor quota, in microseconds.',
    type: 'gauge',
    read: () => PERIOD_US,
  },
  {
    name: 'spec_cpu_quota',
    help: 'Processor quota a period, in microseconds.',
    type: 'gauge',
    read(one, pod) {
      const limit = limitOf('cpu')(one, pod);
      return limit === undefined ? undefined : (quantityMilliValue(limit) * PERIOD_US) / 1000;
    },
  },
];

const TRAFFIC: readonly { name: string; help: string; read(one: InterfaceUsage): number }[] = [
  { name: 'receive_bytes_total', help: 'Bytes received.', read: ({ rxBytes }) => rxBytes },
  { name: 'receive_packets_total', help: 'Packets received.', read: ({ rxPackets }) => rxPackets },
  {
    name: 'receive_packets_dropped_total',
    help: 'Packets dropped while receiving.',
    read: ({ rxDropped }) => rxDropped,
  },
  { name: 'receive_errors_total', help: 'Errors while receiving.', read: ({ rxErrors }) => rxErrors },
  { name: 'transmit_bytes_total', help: 'Bytes sent.', read: ({ txBytes }) => txBytes },
  { name: 'transmit_packets_total', help: 'Packets sent.', read: ({ txPackets }) => txPackets },
  {
    name: 'transmit_packets_dropped_total',
    help: 'Packets dropped while sending.',
    read: ({ txDropped }) => txDropped,
  },
  { name: 'transmit_errors_total', help: 'Errors while sending.', read: ({ txErrors }) => txErrors },
];

const EMPTY = { container: '', id: '', image: '', name: '' };

export function cadvisorMetrics({ host, pods, interfaces, atMs }: NodeReading, processors: number): Metric[] {
  const metrics = MEASURES.map(
    (measure): Metric => ({
      ...{ name: `container_${measure.name}`, help: measure.help, type: measure.type },
      samples: pods.flatMap((pod) => pod.containers.flatMap((one) => sampleOf(measure, one, pod, atMs))),
    }),
  );
  const traffic = TRAFFIC.map(({ name, help, read }): Metric => {
    const ofPods = pods.flatMap((pod) =>
      pod.interfaces.map((one) => ({
        labels: { ...EMPTY, ...podLabels(pod), interface: one.name },
        value: read(one),
        atMs,
      })),
    );
    const ofHost = interfaces.map((one) => ({
      labels: { ...EMPTY, id: '/', namespace: '', pod: '', interface: one.name },
      value: read(one),
      atMs,
    }));
    return { name: `container_network_${name}`, help, type: 'counter', samples: [...ofHost, ...ofPods] };
  });
  const machine = (name: string, help: string, value: number): Metric => ({
    ...{ name: `machine_${name}`, help, type: 'gauge', samples: [{ value }] },
  });
  return [
    ...metrics,
    ...traffic,
    machine('cpu_cores', 'Processors.', processors),
    machine('memory_bytes', 'Memory.', host.memoryBytes),
  ];
}

const podLabels = ({ pod }: PodReading) => ({
  namespace: pod.metadata?.namespace ?? '',
  pod: pod.metadata?.name ?? '',
});

function sampleOf({ labels, read }: Measure, one: ContainerReading, pod: PodReading, atMs: number): Sample[] {
  const value = read(one, pod);
  if (value === undefined) return [];
  const { name, id, image, cgroupPath } = one.container;
  const about = { container: name, id: cgroupPath, image, name: id, ...podLabels(pod) };
  return [{ labels: { ...about, ...labels }, value, atMs }];
}

/** `metrics`: the agent itself, in the kubelet's names. Pure. */

import type { ObservedContainer } from '../pods/observed.ts';
import type { Metric } from './exposition.ts';

export interface AgentState {
  nodeName: string;
  /** `v1.32.0` */
  kubeletVersion: string;
  startedMs: number;
  cpuNs: number;
  rssBytes: number;
  podCount: number;
  /** Of all pods. */
  containers: readonly Pick<ObservedContainer, 'state'>[];
}

export function agentMetrics(state: AgentState): Metric[] {
  const { kubeletVersion, nodeName } = state;
  const [major = '', minor = ''] = kubeletVersion.replace(/^v/, '').split('.');
  const byState = Map.groupBy(state.containers, (container) => container.state);
  const gauge = (name: string, help: string, value: number, labels = {}): Metric => ({
    ...{ name, help, type: 'gauge', samples: [{ labels, value }] },
  });
  return [
    gauge('kubelet_node_name', '[ALPHA] The node’s name. The count is always 1.', 1, { node: nodeName }),
    gauge('kubelet_running_pods', '[ALPHA] Pods with a running container', state.podCount),
    {
      ...{ name: 'kubelet_running_containers', help: '[ALPHA] Containers, by state', type: 'gauge' },
      samples: [...byState].map(([container_state, all]) => ({ labels: { container_state }, value: all.length })),
    },
    gauge('kubernetes_build_info', '[ALPHA] The version that is spoken.', 1, {
      ...{ git_version: kubeletVersion, major, minor },
    }),
    {
      ...{ name: 'process_cpu_seconds_total', help: 'Processor time of the process, in seconds.', type: 'counter' },
      samples: [{ value: state.cpuNs / 1e9 }],
    },
    gauge('process_resident_memory_bytes', 'Resident memory of the process.', state.rssBytes),
    gauge('process_start_time_seconds', 'When the process began, since the epoch.', state.startedMs / 1000),
  ];
}

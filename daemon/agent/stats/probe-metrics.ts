/** `metrics/probes`: how probes went, in the kubelet's names. Pure. */

import type { ProbeCount } from '../probes/start-probes.ts';
import type { Metric } from './exposition.ts';

export function probeMetrics(counts: readonly ProbeCount[]): Metric[] {
  const samples = counts.flatMap(({ pod, container, type, results }) => {
    const { namespace = '', name = '', uid = '' } = pod.metadata ?? {};
    const probe_type = `${type.charAt(0).toUpperCase()}${type.slice(1)}`;
    const labels = { container, namespace, pod: name, pod_uid: uid, probe_type };
    return Object.entries(results).map(([result, value]) => ({ labels: { ...labels, result }, value }));
  });
  return [
    {
      ...{ name: 'prober_probe_total', type: 'counter', samples },
      help: '[BETA] Attempts of probes, by container and by what came of them.',
    },
  ];
}

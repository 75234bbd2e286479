/** Manifests for plans: workloads with requests, affinity and rollout settings. */

export interface Workload {
  replicas?: number;
  image?: string;
  cpu?: string;
  /** `required` keeps pods of the workload on different nodes. */
  antiAffinity?: 'required' | 'preferred';
  zone?: string;
  maxSurge?: number | string;
  maxUnavailable?: number | string;
  recreate?: boolean;
  minReadySeconds?: number;
  annotations?: Record<string, string>;
  configMap?: string;
}

export const job = (name: string): string =>
  JSON.stringify({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'default' },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example:1' }] } } },
  });

export function deployment(name: string, workload: Workload = {}): string {
  const { replicas = 1, image = 'example:1', cpu, antiAffinity, zone, recreate, minReadySeconds } = workload;
  const labels = { app: name };
  const term = { labelSelector: { matchLabels: labels }, topologyKey: 'kubernetes.io/hostname' };
  const podAntiAffinity =
    antiAffinity === 'required'
      ? { requiredDuringSchedulingIgnoredDuringExecution: [term] }
      : { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }] };
  const rollingUpdate = { maxSurge: workload.maxSurge ?? '25%', maxUnavailable: workload.maxUnavailable ?? '25%' };
  const { configMap } = workload;
  const container = {
    name: 'main',
    image,
    ...(cpu ? { resources: { requests: { cpu } } } : {}),
    ...(configMap ? { envFrom: [{ configMapRef: { name: configMap } }] } : {}),
  };
  return JSON.stringify(
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: 'default', ...(workload.annotations ? { annotations: workload.annotations } : {}) },
      spec: {
        replicas,
        ...(minReadySeconds ? { minReadySeconds } : {}),
        strategy: recreate ? { type: 'Recreate' } : { type: 'RollingUpdate', rollingUpdate },
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [container],
            ...(antiAffinity ? { affinity: { podAntiAffinity } } : {}),
            ...(zone ? { nodeSelector: { 'topology.kubernetes.io/zone': zone } } : {}),
          },
        },
      },
    },
    null,
    2,
  );
}

export function service(name: string, more: object = {}): string {
  const spec = { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...more };
  return JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' }, spec }, null, 2);
}

export const secret = (name: string, stringData: Record<string, string>): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default' }, stringData }, null, 2);

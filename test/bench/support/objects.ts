/** Objects of the sizes that people really have. */

import type { ConfigMap, Pod } from '../../../daemon/kinds/types.generated.ts';

export const configMapManifest = (name: string, namespace: string, value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\n  labels:\n    app: bench\ndata:\n  key: "${value}"\n  text: |\n    a line of configuration\n    another line of it\n`;

/** An application as people write it, by file. */
export function applicationManifests(name: string): Record<string, string> {
  const head = (apiVersion: string, kind: string) =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n  labels:\n    app: ${name}\n    bench: applications\n`;
  return {
    account: head('v1', 'ServiceAccount'),
    config: `${head('v1', 'ConfigMap')}data:\n  key: info\n  listen: ":8080"\n`,
    service: `${head('v1', 'Service')}spec:\n  selector: {app: ${name}}\n  ports:\n  - port: 80 # for people\n    targetPort: http\n`,
    deployment: `# Serves ${name}.
${head('apps/v1', 'Deployment')}spec:
  replicas: 2
  selector:
    matchLabels: {app: ${name}}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      serviceAccountName: ${name}
      containers:
        - name: app
          image: registry.example/team/${name}:1.2.3
          args: ["--config", "/etc/app"]
          ports:
            - {name: http, containerPort: 8080}
          resources:
            requests: {cpu: 100m, memory: 64Mi}
          readinessProbe:
            httpGet:
              path: /readyz
              port: http
          volumeMounts:
            - name: config
              mountPath: /etc/app
      volumes:
        - name: config
          configMap:
            name: ${name}
`,
  };
}

export const configMap = (name: string, namespace: string, value: string): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data: { key: value },
});

const env = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `SETTING_${index}`, value: `a value of setting ${index}` }));

const probe = (path: string) => ({
  httpGet: { path, port: 8080, scheme: 'HTTP' as const },
  initialDelaySeconds: 5,
  periodSeconds: 10,
  timeoutSeconds: 1,
  successThreshold: 1,
  failureThreshold: 3,
});

/** As a template of a real Deployment gives it: about 2.8 kB of JSON once defaults and metadata are set. */
export function pod(name: string, namespace: string): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      labels: { app: 'web', tier: 'front', release: 'stable' },
      annotations: { note: 'bench' },
    },
    spec: {
      containers: [
        {
          name: 'app',
          image: 'registry.example/team/app:1.2.3',
          args: ['--listen=:8080', '--log=json'],
          env: [...env(6), { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
          ports: [{ name: 'http', containerPort: 8080 }],
          resources: { requests: { cpu: '100m', memory: '100Mi' }, limits: { memory: '200Mi' } },
          livenessProbe: probe('/livez'),
          readinessProbe: probe('/readyz'),
          volumeMounts: [
            { name: 'config', mountPath: '/etc/app' },
            { name: 'scratch', mountPath: '/tmp' },
          ],
        },
      ],
      volumes: [
        { name: 'config', configMap: { name: 'app-config' } },
        { name: 'scratch', emptyDir: {} },
      ],
    },
  };
}

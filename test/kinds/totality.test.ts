/**
 * Whatever a client sends, a kind answers with errors and never fails: valid objects with any part replaced by any JSON.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cloneJson } from '../../daemon/base/json.ts';
import type { KubeObject } from '../../daemon/base/object.ts';
import { create, registry, update } from './support/admit.ts';
import { containerBody } from './support/expect.ts';

const template = {
  metadata: { labels: { a: 'b' } },
  spec: containerBody(
    {
      env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      envFrom: [{ configMapRef: { name: 'm' } }],
      ports: [{ containerPort: 80, name: 'web' }],
      livenessProbe: { httpGet: { port: 80 } },
      lifecycle: { preStop: { exec: { command: ['a'] } } },
      resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } },
      securityContext: { capabilities: { add: ['NET_ADMIN'] }, seccompProfile: { type: 'RuntimeDefault' } },
      volumeMounts: [{ name: 'v', mountPath: '/v', subPath: 's' }],
    },
    {
      initContainers: [{ name: 'i', image: 'i', restartPolicy: 'Always' }],
      volumes: [
        { name: 'v', projected: { sources: [{ configMap: { name: 'm', items: [{ key: 'k', path: 'p' }] } }] } },
        { name: 'w', hostPath: { path: '/w' } },
      ],
      tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 1 }],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] }],
          },
        },
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1, podAffinityTerm: { topologyKey: 'zone', labelSelector: { matchLabels: { a: 'b' } } } },
          ],
        },
      },
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' }],
      dnsConfig: { nameservers: ['1.1.1.1'], searches: ['a.b'], options: [{ name: 'ndots' }] },
      hostAliases: [{ ip: '1.1.1.1', hostnames: ['a'] }],
      securityContext: { sysctls: [{ name: 'a.b', value: '1' }] },
      schedulingGates: [{ name: 'a.b/c' }],
    },
  ).spec,
};
const metadata = {
  name: 'a',
  labels: { a: 'b' },
  annotations: { 'container.apparmor.security.beta.kubernetes.io/c': 'runtime/default' },
  ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u', controller: true }],
  finalizers: ['a.b/c'],
  managedFields: [{ manager: 'm', operation: 'Apply', fieldsType: 'FieldsV1', fieldsV1: {} }],
};
const workload = { replicas: 1, selector: { matchLabels: { a: 'b' } }, template };

const BODIES: Readonly<Record<string, object>> = {
  pods: { spec: template.spec, status: { containerStatuses: [{ name: 'c', state: { terminated: { exitCode: 0 } } }] } },
  deployments: { spec: { ...workload, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: '25%' } } } },
  replicasets: { spec: workload, status: { replicas: 1 } },
  services: {
    spec: {
      type: 'LoadBalancer',
      ports: [{ port: 80, targetPort: 'web', nodePort: 30_000 }],
      clusterIPs: ['10.0.0.1'],
      clusterIP: '10.0.0.1',
      externalIPs: ['192.0.2.1'],
      loadBalancerSourceRanges: ['10.0.0.0/8'],
      sessionAffinity: 'ClientIP',
      selector: { a: 'b' },
    },
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.2' }] } },
  },
  configmaps: { data: { a: 'b' }, binaryData: { c: 'AAAA' }, immutable: true },
  secrets: { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'e30=' } },
  nodes: {
    spec: { taints: [{ key: 'a', effect: 'NoSchedule' }], podCIDRs: ['10.0.0.0/24'] },
    status: { capacity: { cpu: '1' }, addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] },
  },
  endpoints: { subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }] },
  endpointslices: { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }], ports: [{ port: 80 }] },
  events: { involvedObject: { kind: 'Pod', name: 'p' }, regarding: { kind: 'Pod' }, series: { count: 2 } },
  roles: { rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] },
  clusterroles: { rules: [], aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } },
  rolebindings: { roleRef: { kind: 'Role', name: 'r' }, subjects: [{ kind: 'User', name: 'u' }] },
  clusterrolebindings: { roleRef: { kind: 'ClusterRole', name: 'r' }, subjects: [{ kind: 'Group', name: 'u' }] },
  priorityclasses: { value: 1, globalDefault: true, preemptionPolicy: 'Never', description: 'x' },
  leases: { spec: { holderIdentity: 'x', leaseDurationSeconds: 1 } },
  podtemplates: { template: { spec: { containers: [{ name: 'a', image: 'b' }] } } },
  controllerrevisions: { data: { a: 1 }, revision: 1 },
  subjectaccessreviews: { spec: { user: 'u', resourceAttributes: { verb: 'get' } } },
};

/** Every place of a JSON value, as a list of keys. */
function places(value: unknown, at: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, member]) => places(member, [...at, key]))];
}

function replaced(body: object, at: readonly string[], value: unknown): object {
  const copy = cloneJson(body) as Record<string, unknown>;
  let parent = copy;
  for (const key of at.slice(0, -1)) parent = parent[key] as Record<string, unknown>;
  const last = at.at(-1)!;
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

const anything = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    '',
    0,
    -1,
    2 ** 31,
    true,
    false,
    [],
    {},
    [null],
    [{}],
    { a: null },
    'x'.repeat(300),
  ),
  fc.string(),
  fc.integer(),
  fc.jsonValue(),
);

describe.each(registry.kinds.map((kind) => [`${kind.resource.group}/${kind.resource.plural}`, kind] as const))(
  '%s',
  (_name, kind) => {
    const body = { metadata, ...BODIES[kind.resource.plural] };
    const all = places(body).filter((at) => at.length > 0);
    const live = create(kind, body).object as KubeObject;

    it('answers any change of a valid object', () => {
      fc.assert(
        fc.property(fc.constantFrom(...all), anything, (at, value) => {
          const changed = replaced(body, at, value);
          for (const { structural, object, errors } of [
            create(kind, changed),
            update(kind, changed, live),
            ...(kind.hasStatus ? [update(kind, changed, live, 'status')] : []),
          ]) {
            if (structural !== undefined) continue;
            expect(Array.isArray(errors)).toBe(true);
            kind.table.cells(object, 0);
            kind.table.conditions?.(object);
            for (const read of Object.values(kind.fieldSelectors)) read(object);
          }
        }),
        { seed: 7, numRuns: 300 },
      );
    });
  },
);

/** Small valid objects for tests. */

import type { Clock, Ids } from '../../daemon/base/clock.ts';
import type { Deployment, Node, Pod, Service } from '../../daemon/kinds/types.generated.ts';
import { FakeClient } from './fake-client.ts';
import { SimClock, seededIds, seededRandom } from './sim-clock.ts';

export interface World {
  clock: SimClock;
  client: FakeClient;
  ids: Ids;
  random: ReturnType<typeof seededRandom>;
}

export function createWorld(seed = 1): World {
  const clock = new SimClock();
  const random = seededRandom(seed);
  const ids = seededIds(random);
  return { clock, random, ids, client: new FakeClient({ clock: clock as Clock, ids }) };
}

export function makePod(name: string, overrides: Partial<Pod> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    spec: { containers: [{ name: 'main', image: 'example:1' }] },
    ...overrides,
    metadata: { name, namespace: 'default', ...overrides.metadata },
  };
}

export function makeNode(name: string, overrides: Partial<Node> = {}): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    spec: {},
    ...overrides,
    metadata: { name, labels: { 'kubernetes.io/hostname': name }, ...overrides.metadata },
    status: {
      capacity: { cpu: '4', memory: '8Gi', pods: '110' },
      allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
      conditions: [
        { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
      ],
      ...overrides.status,
    },
  } as Node;
}

export function makeDeployment(
  name: string,
  replicas: number,
  overrides: Partial<Deployment['spec']> = {},
): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default', labels: { app: name } },
    spec: {
      replicas,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image: 'example:1' }], restartPolicy: 'Always' },
      },
      ...overrides,
    },
  } as Deployment;
}

export function makeService(name: string, overrides: Partial<Service['spec']> = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', uid: `uid-${name}` },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.0.0.10',
      clusterIPs: ['10.0.0.10'],
      ipFamilies: ['IPv4'],
      selector: { app: name },
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }],
      ...overrides,
    },
  } as Service;
}

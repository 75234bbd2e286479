import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Node, Pod } from '../../daemon/kinds/types.generated.ts';
import { ClassCache } from '../../daemon/scheduler/class-cache.ts';
import { ClusterState } from '../../daemon/scheduler/cluster-state.ts';
import { createPodInfo } from '../../daemon/scheduler/pod-info.ts';
import { schedulePod } from '../../daemon/scheduler/schedule-one.ts';
import { type Cluster, referencePlacement } from './reference.ts';

const HOST = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';
const apps = ['a', 'b', 'c'];
const app = fc.constantFrom(...apps);
const selector = app.map((value) => ({ matchLabels: { app: value } }));
const topologyKey = fc.constantFrom(HOST, ZONE, 'rack');
const maybe = <T>(arbitrary: fc.Arbitrary<T>, share = 3) =>
  fc.oneof({ weight: share, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const nodeShape = fc.record({
  zone: maybe(fc.constantFrom('z1', 'z2'), 1),
  rack: maybe(fc.constantFrom('r1', 'r2', 'r3')),
  cpu: fc.constantFrom('1', '2', '4'),
  memory: fc.constantFrom('1Gi', '2Gi', '8Gi'),
  pods: fc.constantFrom('2', '5', '110'),
  unschedulable: maybe(fc.constant(true), 6),
  taint: maybe(
    fc.record({
      key: fc.constantFrom('t1', 't2'),
      effect: fc.constantFrom('NoSchedule', 'PreferNoSchedule', 'NoExecute'),
    }),
  ),
});
const affinityTerm = fc.record({
  topologyKey,
  labelSelector: selector,
  namespaces: maybe(fc.constant(['other'])),
  namespaceSelector: maybe(fc.constantFrom({}, { matchLabels: { team: 'x' } })),
});
const preferredTerm = fc.record({ weight: fc.integer({ min: 1, max: 100 }), podAffinityTerm: affinityTerm });
const podAffinity = fc.record({
  requiredDuringSchedulingIgnoredDuringExecution: maybe(fc.array(affinityTerm, { minLength: 1, maxLength: 2 })),
  preferredDuringSchedulingIgnoredDuringExecution: maybe(fc.array(preferredTerm, { minLength: 1, maxLength: 2 })),
});
const zoneRule = fc.record({
  key: fc.constant(ZONE),
  operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
  values: fc.constant(['z1']),
});
const spread = fc.record({
  topologyKey,
  maxSkew: fc.integer({ min: 1, max: 2 }),
  whenUnsatisfiable: fc.constantFrom('DoNotSchedule', 'ScheduleAnyway'),
  labelSelector: selector,
  minDomains: maybe(fc.constant(2)),
  nodeAffinityPolicy: maybe(fc.constant('Ignore')),
  nodeTaintsPolicy: maybe(fc.constant('Honor')),
});
const podShape = fc.record({
  app,
  namespace: fc.constantFrom('default', 'default', 'other'),
  cpu: maybe(fc.constantFrom('100m', '500m', '1'), 1),
  memory: maybe(fc.constantFrom('64Mi', '512Mi'), 1),
  hostPort: maybe(fc.constantFrom(80, 81), 5),
  toleration: maybe(fc.constantFrom({ key: 't1', operator: 'Exists' }, { operator: 'Exists' })),
  nodeSelector: maybe(fc.constantFrom({ [ZONE]: 'z1' }, { rack: 'r1' }), 6),
  requiredNodes: maybe(zoneRule, 5),
  preferredNodes: maybe(zoneRule, 4),
  podAffinity: maybe(podAffinity, 4),
  podAntiAffinity: maybe(podAffinity, 4),
  spread: maybe(fc.array(spread, { minLength: 1, maxLength: 2 }), 2),
  removeAfter: fc.boolean(),
});

type NodeShape = typeof nodeShape extends fc.Arbitrary<infer T> ? T : never;
type PodShape = typeof podShape extends fc.Arbitrary<infer T> ? T : never;

const clean = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

function toNode(shape: NodeShape, index: number): Node {
  const name = `n${index}`;
  const { zone, rack, cpu, memory, pods, unschedulable, taint } = shape;
  return clean({
    metadata: { name, labels: { [HOST]: name, ...(zone ? { [ZONE]: zone } : {}), ...(rack ? { rack } : {}) } },
    spec: { unschedulable, taints: taint ? [taint] : undefined },
    status: { allocatable: { cpu, memory, pods } },
  }) as Node;
}

function toPod(shape: PodShape, index: number): Pod {
  const requests = { cpu: shape.cpu, memory: shape.memory };
  const ports = shape.hostPort ? [{ containerPort: 80, hostPort: shape.hostPort }] : undefined;
  return clean({
    metadata: { name: `p${index}`, uid: `u${index}`, namespace: shape.namespace, labels: { app: shape.app } },
    spec: {
      containers: [{ name: 'c', image: 'i:1', resources: { requests }, ports }],
      tolerations: shape.toleration ? [shape.toleration] : undefined,
      nodeSelector: shape.nodeSelector,
      topologySpreadConstraints: shape.spread,
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: shape.requiredNodes && {
            nodeSelectorTerms: [{ matchExpressions: [shape.requiredNodes] }],
          },
          preferredDuringSchedulingIgnoredDuringExecution: shape.preferredNodes && [
            { weight: 10, preference: { matchExpressions: [shape.preferredNodes] } },
          ],
        },
        podAffinity: shape.podAffinity,
        podAntiAffinity: shape.podAntiAffinity,
      },
    },
  }) as unknown as Pod;
}

const namespaces: Record<string, Record<string, string>> = { default: { team: 'x' }, other: {} };
/** App `a` has a service: its pods spread by default. */
const defaultSelector = (pod: Pod) =>
  pod.metadata?.labels?.['app'] === 'a' ? { matchLabels: { app: 'a' } } : undefined;
const sources = { namespaceLabels: (name: string) => namespaces[name] ?? {}, defaultSelector };

function compareAll(nodeShapes: NodeShape[], podShapes: PodShape[]): void {
  const state = new ClusterState();
  const classes = new ClassCache();
  const nodes = nodeShapes.map(toNode);
  for (const node of nodes) state.setNode(node);
  const cluster: Cluster = {
    nodes,
    pods: [],
    namespaces,
    defaultSelector,
    tieRank: (name) => state.node(name)!.tieRank,
  };
  for (const [index, shape] of podShapes.entries()) {
    const pod = toPod(shape, index);
    const info = createPodInfo(pod, sources);
    const placement = schedulePod(state, classes, info);
    const node = placement.type === 'placed' ? placement.node : undefined;
    expect(node).toBe(referencePlacement(cluster, pod));
    if (placement.type === 'unschedulable')
      expect([...placement.misfits.keys()].sort()).toEqual(nodes.map(({ metadata }) => metadata!.name).sort());
    if (node === undefined) continue;
    const bound = { ...pod, spec: { ...pod.spec!, nodeName: node } };
    state.addPod(createPodInfo(bound, sources), node);
    cluster.pods.push(bound);
    if (!shape.removeAfter) continue;
    const gone = cluster.pods.shift()!;
    state.removePod(gone.metadata!.uid!);
  }
}

describe('schedulePod', () => {
  it('places every pod where the reference places it, and fails where it fails', () => {
    fc.assert(
      fc.property(
        fc.array(nodeShape, { minLength: 1, maxLength: 7 }),
        fc.array(podShape, { minLength: 1, maxLength: 14 }),
        compareAll,
      ),
      { numRuns: 400, seed: Number(process.env['SEED'] ?? 42) },
    );
  });
});

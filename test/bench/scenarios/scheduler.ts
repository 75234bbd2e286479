/**
 * Scheduling decisions: one pod after the other onto 5,000 nodes, each placement counted before the next. The floor scans typed arrays of as many nodes
 * for the best free one. A sample of placements is compared with a reference that works every rule out from the objects anew.
 */

import type { Node, Pod } from '../../../daemon/kinds/types.generated.ts';
import { ClassCache } from '../../../daemon/scheduler/class-cache.ts';
import { ClusterState } from '../../../daemon/scheduler/cluster-state.ts';
import { createPodInfo } from '../../../daemon/scheduler/pod-info.ts';
import { schedulePod } from '../../../daemon/scheduler/schedule-one.ts';
import { type Cluster, referencePlacement } from '../../scheduler/reference.ts';
import { type Figure, figureOf } from '../support/figure.ts';
import { type Scenario, verify } from '../support/scenario.ts';

const NODES = 5000;
const ROUNDS = 5;
const WARM_PODS = 1000;
const ZONE = 'topology.kubernetes.io/zone';
const HOST = 'kubernetes.io/hostname';
const selector = { matchLabels: { app: 'web' } };

/** What makes each workload's pods hard to place. */
const WORKLOADS: { name: string; extra: Partial<NonNullable<Pod['spec']>>; pods: number; atLeast: number }[] = [
  { name: 'plain pods', extra: {}, pods: 20_000, atLeast: 50_000 },
  {
    name: 'zone spread',
    extra: {
      topologySpreadConstraints: [
        { topologyKey: ZONE, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: selector },
      ],
    },
    pods: 3000,
    atLeast: 20_000,
  },
  {
    name: 'host anti-affinity',
    extra: {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: HOST, labelSelector: selector }],
        },
      },
    },
    pods: 600,
    atLeast: 20_000,
  },
];

export const schedulerDecisions: Scenario = {
  name: 'scheduler',
  summary: 'scheduling decisions at 5,000 nodes, against a scan of typed arrays; growth with the cluster',
  run({ say }) {
    const floor = Array.from({ length: ROUNDS }, () => scanRate(5000));
    const figures = WORKLOADS.map(({ name, extra, pods, atLeast }) => {
      say(name);
      const samples = Array.from({ length: ROUNDS }, () => decisionRate(NODES, extra, pods));
      const compared = compareWithReference(extra);
      return figureOf({
        figure: `scheduling decisions, ${NODES} nodes, ${name}`,
        unit: '/s',
        samples,
        peer: { name: 'scan of typed arrays', samples: floor },
        goal: { of: 'value', atLeast },
        note: `${compared} placements equal those of the brute-force reference`,
      });
    });
    say('growth');
    return Promise.resolve([...figures, growth()]);
  },
};

/** Milliseconds a thousand decisions: 50,000 nodes beside 500. */
function growth(): Figure {
  const costs = (nodes: number) => Array.from({ length: 3 }, () => 1_000_000 / decisionRate(nodes, {}, 10_000));
  return figureOf({
    figure: 'a thousand decisions at 50,000 nodes',
    unit: 'ms',
    samples: costs(50_000),
    peer: { name: 'at 500 nodes', samples: costs(500) },
    goal: { of: 'ratio', atMost: 1.3 },
  });
}

const node = (index: number): Node => ({
  metadata: { name: `n${index}`, labels: { [HOST]: `n${index}`, [ZONE]: `z${index % 10}` } },
  spec: {},
  status: { allocatable: { cpu: '32', memory: '64Gi', pods: '110' } },
});

const podOf = (index: number, extra: object): Pod => ({
  metadata: { name: `p${index}`, uid: `u${index}`, namespace: 'default', labels: { app: 'web' } },
  spec: {
    containers: [
      { name: 'c', image: 'i', resources: { requests: { cpu: `${100 + (index % 3) * 50}m`, memory: '100Mi' } } },
    ],
    ...extra,
  },
});

const sources = { namespaceLabels: () => ({}), defaultSelector: () => undefined };

function openState(nodes: number) {
  const state = new ClusterState();
  for (let index = 0; index < nodes; index++) state.setNode(node(index));
  return { state, classes: new ClassCache() };
}

function decisionRate(nodes: number, extra: object, pods: number): number {
  const { state, classes } = openState(nodes);
  const warm = Math.min(WARM_PODS, pods / 3);
  const infos = Array.from({ length: pods }, (_, index) => createPodInfo(podOf(index, extra), sources));
  let began = 0;
  for (const [index, info] of infos.entries()) {
    if (index === Math.floor(warm)) began = performance.now();
    const placement = schedulePod(state, classes, info);
    verify(placement.type === 'placed', `pod ${index} was not placed on ${nodes} nodes`);
    if (placement.type === 'placed') state.addPod(info, placement.node);
  }
  return ((pods - Math.floor(warm)) / (performance.now() - began)) * 1000;
}

const SAMPLE_NODES = 1000;
const SAMPLE_PODS = 600;
const SAMPLE_EVERY = 100;

/** How many placements were compared; throws when one differs. */
function compareWithReference(extra: object): number {
  const { state, classes } = openState(SAMPLE_NODES);
  const cluster: Cluster = {
    nodes: Array.from({ length: SAMPLE_NODES }, (_, index) => node(index)),
    pods: [],
    namespaces: { default: {} },
    defaultSelector: () => undefined,
    tieRank: (name) => state.node(name)!.tieRank,
  };
  let compared = 0;
  for (let index = 0; index < SAMPLE_PODS; index++) {
    const pod = podOf(index, extra);
    const info = createPodInfo(pod, sources);
    const placement = schedulePod(state, classes, info);
    const found = placement.type === 'placed' ? placement.node : undefined;
    if (index % SAMPLE_EVERY === SAMPLE_EVERY - 1) {
      const wanted = referencePlacement(cluster, pod);
      verify(found === wanted, `pod ${index} was placed on ${found}, the reference says ${wanted}`);
      compared++;
    }
    if (found === undefined) continue;
    state.addPod(info, found);
    cluster.pods.push({ ...pod, spec: { ...pod.spec!, nodeName: found } });
  }
  return compared;
}

/** Decisions a second of the least that a scheduler could do: the node with the most free, in two arrays. */
function scanRate(decisions: number): number {
  const processor = new Float64Array(NODES).fill(32_000);
  const memory = new Float64Array(NODES).fill(65_536);
  const began = performance.now();
  for (let decision = 0; decision < decisions; decision++) {
    let best = -1;
    let bestScore = -1;
    for (let index = 0; index < NODES; index++) {
      const score = processor[index]! / 32_000 + memory[index]! / 65_536;
      if (processor[index]! >= 100 && memory[index]! >= 100 && score > bestScore) {
        best = index;
        bestScore = score;
      }
    }
    processor[best]! -= 100;
    memory[best]! -= 100;
  }
  return (decisions / (performance.now() - began)) * 1000;
}

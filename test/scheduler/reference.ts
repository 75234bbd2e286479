/**
 * A scheduler by the book and without a thought for speed: every rule is worked out from the objects themselves, for each pod anew.
 * Written independently of the product's structures; the property test compares placements.
 */

import { quantityMilliValue, quantityValue } from '../../daemon/base/quantity.ts';
import type { Node, Pod, PodAffinityTerm, TopologySpreadConstraint } from '../../daemon/kinds/types.generated.ts';

export interface Cluster {
  nodes: Node[];
  /** With spec.nodeName. */
  pods: Pod[];
  namespaces: Record<string, Record<string, string>>;
  /** The selector for default spreading, if any. */
  defaultSelector: (pod: Pod) => { matchLabels: Record<string, string> } | undefined;
  tieRank: (node: string) => number;
}

type Selector = {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
};

const labelsMatch = (selector: Selector | undefined, labels: Record<string, string>): boolean => {
  if (!selector) return false;
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) if (labels[key] !== value) return false;
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const value = labels[key];
    if (operator === 'In' && (value === undefined || !values.includes(value))) return false;
    if (operator === 'NotIn' && value !== undefined && values.includes(value)) return false;
    if (operator === 'Exists' && value === undefined) return false;
    if (operator === 'DoesNotExist' && value !== undefined) return false;
  }
  return true;
};

const ask = (pod: Pod, name: 'cpu' | 'memory', scored: boolean): number =>
  pod.spec!.containers.reduce((sum, { resources }) => {
    const text = (resources?.requests as Record<string, string> | undefined)?.[name];
    if (text === undefined) return sum + (scored ? (name === 'cpu' ? 100 : 200 * 1024 * 1024) : 0);
    return sum + (name === 'cpu' ? quantityMilliValue(text) : quantityValue(text));
  }, 0);

const have = (node: Node, name: 'cpu' | 'memory' | 'pods'): number => {
  const text = (node.status!.allocatable as Record<string, string>)[name] ?? '0';
  return name === 'cpu' ? quantityMilliValue(text) : quantityValue(text);
};

const tolerated = (pod: Pod, taint: { key: string; value?: string; effect: string }): boolean =>
  (pod.spec!.tolerations ?? []).some(
    (toleration) =>
      (!toleration.effect || toleration.effect === taint.effect) &&
      (!toleration.key || toleration.key === taint.key) &&
      (toleration.operator === 'Exists' || (toleration.key && (toleration.value ?? '') === (taint.value ?? ''))),
  );

const nodeMatches = (pod: Pod, node: Node): boolean => {
  const labels = node.metadata!.labels ?? {};
  for (const [key, value] of Object.entries(pod.spec!.nodeSelector ?? {})) if (labels[key] !== value) return false;
  const required = pod.spec!.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (!required) return true;
  return required.nodeSelectorTerms.some((term) => labelsMatch({ matchExpressions: term.matchExpressions }, labels));
};

const labelOf = (cluster: Cluster, nodeName: string, key: string): string | undefined =>
  cluster.nodes.find(({ metadata }) => metadata!.name === nodeName)?.metadata?.labels?.[key];

const termMatches = (cluster: Cluster, term: PodAffinityTerm, owner: Pod, other: Pod): boolean => {
  const namespace = other.metadata!.namespace!;
  const named = term.namespaces ?? [];
  const isOwn = named.length === 0 && !term.namespaceSelector;
  const inNamespace =
    named.includes(namespace) ||
    (term.namespaceSelector !== undefined &&
      labelsMatch(term.namespaceSelector, cluster.namespaces[namespace] ?? {})) ||
    (isOwn && owner.metadata!.namespace === namespace);
  return inNamespace && labelsMatch(term.labelSelector, other.metadata!.labels ?? {});
};

const spreadSelector = (pod: Pod, constraint: TopologySpreadConstraint): Selector => ({
  ...constraint.labelSelector,
  matchExpressions: [
    ...(constraint.labelSelector?.matchExpressions ?? []),
    ...(constraint.matchLabelKeys ?? []).map((key) => ({ key, operator: 'In', values: [pod.metadata!.labels![key]!] })),
  ],
});

function spreadCount(
  cluster: Cluster,
  pod: Pod,
  constraint: TopologySpreadConstraint,
  inDomain: (node: Node) => boolean,
): number {
  const nodes = new Set(cluster.nodes.filter(inDomain).map(({ metadata }) => metadata!.name));
  return cluster.pods.filter(
    (other) =>
      nodes.has(other.spec!.nodeName!) &&
      other.metadata!.namespace === pod.metadata!.namespace &&
      !other.metadata!.deletionTimestamp &&
      labelsMatch(spreadSelector(pod, constraint), other.metadata!.labels ?? {}),
  ).length;
}

const counts = (pod: Pod, node: Node, constraint: TopologySpreadConstraint, all: TopologySpreadConstraint[]): boolean =>
  all.every(({ topologyKey }) => node.metadata!.labels?.[topologyKey] !== undefined) &&
  (constraint.nodeAffinityPolicy === 'Ignore' || nodeMatches(pod, node)) &&
  (constraint.nodeTaintsPolicy !== 'Honor' || !hardTaint(pod, node));

const hardTaint = (pod: Pod, node: Node) =>
  (node.spec?.taints ?? []).find((taint) => taint.effect !== 'PreferNoSchedule' && !tolerated(pod, taint));

function fits(cluster: Cluster, pod: Pod, node: Node): boolean {
  const name = node.metadata!.name!;
  const here = cluster.pods.filter(({ spec }) => spec!.nodeName === name);
  if (node.spec?.unschedulable && !tolerated(pod, { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }))
    return false;
  if (hardTaint(pod, node) || !nodeMatches(pod, node)) return false;
  const ports = (each: Pod) =>
    each.spec!.containers.flatMap((container) => container.ports ?? []).filter((port) => port.hostPort);
  for (const wanted of ports(pod)) {
    for (const taken of here.flatMap(ports)) {
      const [a, b] = [wanted.hostIP || '0.0.0.0', taken.hostIP || '0.0.0.0'];
      const overlap = a === b || a === '0.0.0.0' || b === '0.0.0.0';
      if (overlap && wanted.hostPort === taken.hostPort && (wanted.protocol ?? 'TCP') === (taken.protocol ?? 'TCP'))
        return false;
    }
  }
  if (here.length + 1 > have(node, 'pods')) return false;
  for (const resource of ['cpu', 'memory'] as const) {
    const used = here.reduce((sum, other) => sum + ask(other, resource, false), 0);
    const wanted = ask(pod, resource, false);
    if (wanted > 0 && wanted + used > have(node, resource)) return false;
  }
  return spreadFits(cluster, pod, node) && affinityFits(cluster, pod, node);
}

function spreadFits(cluster: Cluster, pod: Pod, node: Node): boolean {
  const hard = (pod.spec!.topologySpreadConstraints ?? []).filter((each) => each.whenUnsatisfiable === 'DoNotSchedule');
  for (const constraint of hard) {
    const key = constraint.topologyKey;
    const value = node.metadata!.labels?.[key];
    if (value === undefined) return false;
    const eligible = cluster.nodes.filter((each) => counts(pod, each, constraint, hard));
    const domains = [...new Set(eligible.map(({ metadata }) => metadata!.labels![key]!))];
    const count = (domain: string) =>
      spreadCount(
        cluster,
        pod,
        constraint,
        (each) => eligible.includes(each) && each.metadata!.labels![key] === domain,
      );
    const least = domains.length < (constraint.minDomains ?? 1) ? 0 : Math.min(...domains.map(count));
    const self = labelsMatch(spreadSelector(pod, constraint), pod.metadata!.labels ?? {}) ? 1 : 0;
    if (count(value) + self - least > constraint.maxSkew) return false;
  }
  return true;
}

function affinityFits(cluster: Cluster, pod: Pod, node: Node): boolean {
  const name = node.metadata!.name!;
  const together = (other: Pod, key: string) => {
    const value = labelOf(cluster, name, key);
    return value !== undefined && labelOf(cluster, other.spec!.nodeName!, key) === value;
  };
  for (const other of cluster.pods) {
    for (const term of other.spec!.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
      if (termMatches(cluster, term, other, pod) && together(other, term.topologyKey)) return false;
    }
  }
  for (const term of pod.spec!.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
    if (cluster.pods.some((other) => termMatches(cluster, term, pod, other) && together(other, term.topologyKey)))
      return false;
  }
  const required = pod.spec!.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  if (required.length === 0) return true;
  if (!required.every(({ topologyKey }) => labelOf(cluster, name, topologyKey) !== undefined)) return false;
  const targets = cluster.pods.filter((other) => required.every((term) => termMatches(cluster, term, pod, other)));
  const placed = targets.filter((other) =>
    required.some((term) => labelOf(cluster, other.spec!.nodeName!, term.topologyKey) !== undefined),
  );
  if (placed.length === 0 && required.every((term) => termMatches(cluster, term, pod, pod))) return true;
  return required.every((term) => targets.some((other) => together(other, term.topologyKey)));
}

const normalized = (raw: number[], reverse: boolean): number[] => {
  const max = Math.max(...raw);
  if (max === 0) return raw.map(() => (reverse ? 100 : 0));
  return raw.map((value) => (reverse ? 100 - Math.trunc((100 * value) / max) : Math.trunc((100 * value) / max)));
};

/** The node's name, or undefined when none fits. */
export function referencePlacement(cluster: Cluster, pod: Pod): string | undefined {
  const nodes = cluster.nodes.filter((node) => fits(cluster, pod, node));
  if (nodes.length === 0) return undefined;
  const parts: { weight: number; scores: number[] }[] = [
    { weight: 1, scores: nodes.map((node) => leastAllocated(cluster, pod, node)) },
    { weight: 1, scores: nodes.map((node) => balanced(cluster, pod, node)) },
    {
      weight: 3,
      scores: normalized(
        nodes.map(
          (node) =>
            (node.spec?.taints ?? []).filter((taint) => taint.effect === 'PreferNoSchedule' && !tolerated(pod, taint))
              .length,
        ),
        true,
      ),
    },
    {
      weight: 2,
      scores: normalized(
        nodes.map((node) => preferredNodeWeight(pod, node)),
        false,
      ),
    },
    { weight: 2, scores: spreadScores(cluster, pod, nodes) },
    { weight: 2, scores: affinityScores(cluster, pod, nodes) },
  ];
  const totals = nodes.map((_, at) => parts.reduce((sum, { weight, scores }) => sum + weight * scores[at]!, 0));
  const best = Math.max(...totals);
  return nodes
    .filter((_, at) => totals[at] === best)
    .map(({ metadata }) => metadata!.name!)
    .sort((a, b) => cluster.tieRank(b) - cluster.tieRank(a))[0];
}

function leastAllocated(cluster: Cluster, pod: Pod, node: Node): number {
  const here = cluster.pods.filter(({ spec }) => spec!.nodeName === node.metadata!.name);
  const rate = (name: 'cpu' | 'memory') => {
    const wanted = [...here, pod].reduce((sum, each) => sum + ask(each, name, true), 0);
    return wanted > have(node, name) ? 0 : Math.trunc(((have(node, name) - wanted) * 100) / have(node, name));
  };
  return Math.trunc((rate('cpu') + rate('memory')) / 2);
}

function balanced(cluster: Cluster, pod: Pod, node: Node): number {
  const here = cluster.pods.filter(({ spec }) => spec!.nodeName === node.metadata!.name);
  const share = (name: 'cpu' | 'memory') =>
    Math.min(1, [...here, pod].reduce((sum, each) => sum + ask(each, name, false), 0) / have(node, name));
  return Math.trunc((1 - Math.abs(share('cpu') - share('memory')) / 2) * 100);
}

const preferredNodeWeight = (pod: Pod, node: Node): number =>
  (pod.spec!.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).reduce(
    (sum, { weight, preference }) =>
      sum + (labelsMatch({ matchExpressions: preference.matchExpressions }, node.metadata!.labels ?? {}) ? weight : 0),
    0,
  );

function spreadScores(cluster: Cluster, pod: Pod, nodes: Node[]): number[] {
  const own = pod.spec!.topologySpreadConstraints ?? [];
  const selector = own.length > 0 ? undefined : cluster.defaultSelector(pod);
  const defaults = [
    { topologyKey: 'kubernetes.io/hostname', maxSkew: 3 },
    { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5 },
  ].map((each) => ({ ...each, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: selector }));
  const soft: TopologySpreadConstraint[] =
    own.length > 0 ? own.filter((each) => each.whenUnsatisfiable === 'ScheduleAnyway') : selector ? defaults : [];
  if (soft.length === 0) return nodes.map(() => 0);
  const isDefault = own.length === 0;
  const isIgnored = (node: Node) =>
    !isDefault && !soft.every(({ topologyKey }) => node.metadata!.labels?.[topologyKey] !== undefined);
  const counted = nodes.filter((node) => !isIgnored(node));
  const raw = nodes.map((node) => {
    let score = 0;
    for (const constraint of soft) {
      const value = node.metadata!.labels?.[constraint.topologyKey];
      if (value === undefined || isIgnored(node)) continue;
      const isHost = constraint.topologyKey === 'kubernetes.io/hostname';
      const values = new Set(counted.map(({ metadata }) => metadata!.labels?.[constraint.topologyKey] ?? ''));
      const weight = Math.log((isHost ? counted.length : values.size) + 2);
      const count = spreadCount(cluster, pod, constraint, (each) =>
        isHost
          ? each === node
          : each.metadata!.labels?.[constraint.topologyKey] === value &&
            counts(pod, each, constraint, isDefault ? [] : soft),
      );
      score += count * weight + (constraint.maxSkew - 1);
    }
    return Math.round(score);
  });
  const relevant = raw.filter((_, at) => !isIgnored(nodes[at]!));
  const [min, max] = [Math.min(...relevant), Math.max(0, ...relevant)];
  return raw.map((score, at) =>
    isIgnored(nodes[at]!) ? 0 : max === 0 ? 100 : Math.trunc((100 * (max + min - score)) / max),
  );
}

function affinityScores(cluster: Cluster, pod: Pod, nodes: Node[]): number[] {
  const raw = nodes.map((node) => {
    let sum = 0;
    const near = (other: Pod, key: string) => {
      const value = node.metadata!.labels?.[key];
      return value !== undefined && labelOf(cluster, other.spec!.nodeName!, key) === value;
    };
    for (const other of cluster.pods) {
      const [mine, theirs] = [pod.spec!.affinity, other.spec!.affinity];
      for (const { weight, podAffinityTerm: term } of mine?.podAffinity
        ?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
        if (termMatches(cluster, term, pod, other) && near(other, term.topologyKey)) sum += weight;
      for (const { weight, podAffinityTerm: term } of mine?.podAntiAffinity
        ?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
        if (termMatches(cluster, term, pod, other) && near(other, term.topologyKey)) sum -= weight;
      for (const { weight, podAffinityTerm: term } of theirs?.podAffinity
        ?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
        if (termMatches(cluster, term, other, pod) && near(other, term.topologyKey)) sum += weight;
      for (const { weight, podAffinityTerm: term } of theirs?.podAntiAffinity
        ?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
        if (termMatches(cluster, term, other, pod) && near(other, term.topologyKey)) sum -= weight;
      for (const term of theirs?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [])
        if (termMatches(cluster, term, other, pod) && near(other, term.topologyKey)) sum += 1;
    }
    return sum;
  });
  const [min, max] = [Math.min(...raw), Math.max(...raw)];
  return raw.map((score) => (max === min ? 0 : Math.trunc((100 * (score - min)) / (max - min))));
}

/**
 * A pod as the scheduler sees it: requests summed, selectors compiled, and the keys under which equal pods share work. Pure.
 */

import { canonicalJson } from '../base/json.ts';
import { compileLabelSelector, type LabelMatcher } from '../base/label-selector.ts';
import { formatKey, keyOf } from '../base/object.ts';
import type { TolerationShape } from '../base/toleration.ts';
import { type HostPort, hostPortsOf } from '../kinds/common/pod/host-ports.ts';
import { compileRequiredNodes, compileTerm, type NodeMatcher } from '../kinds/common/pod/node-selector.ts';
import { type Amounts, podRequests } from '../kinds/common/pod/requests.ts';
import type { LabelSelector, Pod, PodAffinityTerm, TopologySpreadConstraint } from '../kinds/types.generated.ts';

/** A (anti-)affinity term: pods of some namespaces with some labels, seen per value of a node label. */
export interface AffinityTerm {
  /** Equal terms have equal signatures. */
  signature: string;
  topologyKey: string;
  /** 1 for required terms. */
  weight: number;
  matches: (pod: PodInfo) => boolean;
}

export interface SpreadConstraint {
  signature: string;
  topologyKey: string;
  maxSkew: number;
  minDomains: number;
  honorAffinity: boolean;
  honorTaints: boolean;
  matches: LabelMatcher;
}

export interface PodInfo {
  pod: Pod;
  uid: string;
  key: string;
  namespace: string;
  labels: Readonly<Record<string, string>>;
  priority: number;
  isTerminating: boolean;
  requests: Amounts;
  scoredRequests: Amounts;
  hostPorts: readonly HostPort[];
  tolerations: readonly TolerationShape[];
  /** `spec.nodeSelector` and required node affinity; undefined when there are none. */
  nodeMatches: NodeMatcher | undefined;
  preferredNodes: readonly { weight: number; matches: NodeMatcher }[];
  images: readonly string[];
  containerCount: number;
  affinity: readonly AffinityTerm[];
  antiAffinity: readonly AffinityTerm[];
  preferredAffinity: readonly AffinityTerm[];
  preferredAntiAffinity: readonly AffinityTerm[];
  hardSpread: readonly SpreadConstraint[];
  softSpread: readonly SpreadConstraint[];
  /** The soft constraints are the system's, not the pod's: nodes without the labels are not ignored. */
  isDefaultSpread: boolean;
  /** Equal for pods that any node treats alike, apart from what runs beside them. */
  classKey: string;
  /** Equal for pods that every selector and term treats alike. */
  labelKey: string;
}

export interface PodInfoSources {
  /** Labels of a namespace, for `namespaceSelector`. */
  namespaceLabels: (namespace: string) => Readonly<Record<string, string>>;
  /** What the pod's services and its controller select it by, for the system's default spreading; undefined when nothing does. */
  defaultSelector: (pod: Readonly<Pod>) => LabelSelector | undefined;
}

const HOSTNAME = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';
/** `podtopologyspread.systemDefaultConstraints`. */
const DEFAULT_SPREAD = [
  { topologyKey: HOSTNAME, maxSkew: 3 },
  { topologyKey: ZONE, maxSkew: 5 },
];

export function createPodInfo(pod: Pod, sources: PodInfoSources): PodInfo {
  const { spec, metadata } = pod;
  const namespace = metadata?.namespace ?? '';
  const labels = metadata?.labels ?? {};
  const { nodeAffinity, podAffinity, podAntiAffinity } = spec?.affinity ?? {};
  const required = (terms: readonly PodAffinityTerm[] | undefined) =>
    (terms ?? []).map((term) => compileAffinityTerm(term, namespace, 1, sources));
  const preferred = (terms: readonly { weight: number; podAffinityTerm: PodAffinityTerm }[] | undefined) =>
    (terms ?? []).map(({ weight, podAffinityTerm }) =>
      compileAffinityTerm(podAffinityTerm, namespace, weight, sources),
    );
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  const hostPorts = hostPortsOf(pod);
  return {
    pod,
    uid: metadata?.uid ?? '',
    key: formatKey(keyOf(pod)),
    namespace,
    labels,
    priority: spec?.priority ?? 0,
    isTerminating: metadata?.deletionTimestamp !== undefined,
    requests: podRequests(spec, false),
    scoredRequests: podRequests(spec, true),
    hostPorts,
    tolerations: spec?.tolerations ?? [],
    nodeMatches: compileRequiredNodes(pod),
    preferredNodes: (nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ weight, preference }) => ({ weight, matches: compileTerm(preference) }),
    ),
    images: containers.flatMap(({ image }) => (image ? [normalizeImage(image)] : [])),
    containerCount: containers.length,
    affinity: required(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    antiAffinity: required(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    preferredAffinity: preferred(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    preferredAntiAffinity: preferred(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    ...spreadOf(pod, namespace, sources),
    classKey: canonicalJson([
      spec?.nodeSelector,
      nodeAffinity,
      spec?.tolerations,
      hostPorts,
      containers.map(({ image, resources, restartPolicy }) => [image, resources?.requests, restartPolicy]),
      spec?.initContainers?.length,
      spec?.overhead,
    ]),
    labelKey: canonicalJson([namespace, labels, metadata?.deletionTimestamp !== undefined]),
  };
}

function compileAffinityTerm(
  term: Readonly<PodAffinityTerm>,
  ownNamespace: string,
  weight: number,
  sources: PodInfoSources,
): AffinityTerm {
  const { namespaceSelector, labelSelector, topologyKey } = term;
  const named = new Set(term.namespaces ?? []);
  if (named.size === 0 && !namespaceSelector) named.add(ownNamespace);
  const matchesNamespace = namespaceSelector ? compileLabelSelector(namespaceSelector) : undefined;
  const matchesLabels = compileLabelSelector(labelSelector);
  return {
    signature: canonicalJson([[...named].sort(), namespaceSelector, labelSelector, topologyKey, weight]),
    topologyKey,
    weight,
    matches: ({ namespace, labels }) =>
      (named.has(namespace) || matchesNamespace?.(sources.namespaceLabels(namespace)) === true) &&
      matchesLabels(labels),
  };
}

function spreadOf(pod: Readonly<Pod>, namespace: string, sources: PodInfoSources) {
  const own = pod.spec?.topologySpreadConstraints ?? [];
  const compile = (constraint: Readonly<TopologySpreadConstraint>) => compileSpread(constraint, pod, namespace);
  if (own.length > 0) {
    return {
      hardSpread: own.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule').map(compile),
      softSpread: own.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'ScheduleAnyway').map(compile),
      isDefaultSpread: false,
    };
  }
  const labelSelector = sources.defaultSelector(pod);
  const soft = labelSelector
    ? DEFAULT_SPREAD.map((each) => compile({ ...each, labelSelector, whenUnsatisfiable: 'ScheduleAnyway' }))
    : [];
  return { hardSpread: [], softSpread: soft, isDefaultSpread: true };
}

function compileSpread(
  constraint: Readonly<TopologySpreadConstraint>,
  pod: Readonly<Pod>,
  namespace: string,
): SpreadConstraint {
  const { topologyKey, maxSkew, labelSelector, matchLabelKeys = [] } = constraint;
  const own = pod.metadata?.labels ?? {};
  const fromKeys = matchLabelKeys.flatMap((key) =>
    own[key] === undefined ? [] : [{ key, operator: 'In', values: [own[key]] }],
  );
  const selector = labelSelector && {
    ...labelSelector,
    matchExpressions: [...(labelSelector.matchExpressions ?? []), ...fromKeys],
  };
  return {
    signature: canonicalJson([namespace, selector]),
    topologyKey,
    maxSkew,
    minDomains: constraint.minDomains ?? 1,
    honorAffinity: (constraint.nodeAffinityPolicy ?? 'Honor') === 'Honor',
    honorTaints: constraint.nodeTaintsPolicy === 'Honor',
    matches: compileLabelSelector(selector),
  };
}

/** A name without tag or digest means `:latest`. */
export function normalizeImage(name: string): string {
  return name.lastIndexOf(':') <= name.lastIndexOf('/') ? `${name}:latest` : name;
}

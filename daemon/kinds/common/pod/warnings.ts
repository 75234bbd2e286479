/**
 * Warnings about Pods and templates, as `Warning: 299` headers (`pkg/api/pod/warnings.go` of 1.32).
 */

import type { FieldPath } from '../../../base/field.ts';
import { dns1123LabelProblems } from '../../../base/names.ts';
import type { ObjectMeta } from '../../../base/object.ts';
import { canonicalQuantity, isWholeQuantity } from '../../../base/quantity.ts';
import type {
  Affinity,
  Container,
  ContainerPort,
  NodeSelectorTerm,
  PodAffinityTerm,
  PodSpec,
  Volume,
  WeightedPodAffinityTerm,
} from '../../types.generated.ts';
import { APP_ARMOR, containersOf, SECCOMP_CONTAINER, SECCOMP_POD } from './annotations.ts';

const DEPRECATED_LABELS: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

const SYSCTLS_MESSAGE = 'non-functional in v1.11+; use the "sysctls" field instead';
const DEPRECATED_ANNOTATIONS: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': SYSCTLS_MESSAGE,
  'security.alpha.kubernetes.io/unsafe-sysctls': SYSCTLS_MESSAGE,
};
const SECCOMP_MESSAGE = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const APP_ARMOR_MESSAGE = 'deprecated since v1.30; use the "appArmorProfile" field instead';

const DEPRECATED_VOLUMES: Partial<Record<keyof Volume, string>> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};

const NO_POD = 'a null labelSelector results in matching no pod';

/** `at` is the empty path for a Pod and `spec.template` for a template. */
export function podWarnings(spec: PodSpec, metadata: ObjectMeta | undefined, at: FieldPath): string[] {
  const warnings: string[] = [];
  const specAt = at.child('spec');
  const annotations = metadata?.annotations ?? {};
  const annotationsAt = at.child('metadata', 'annotations');
  for (const key of Object.keys(spec.nodeSelector ?? {})) {
    const message = DEPRECATED_LABELS[key];
    if (message) warnings.push(`${specAt.child('nodeSelector').key(key)}: ${message}`);
  }
  warnNodeAffinity(warnings, spec.affinity, specAt.child('affinity', 'nodeAffinity'));
  warnSpread(warnings, spec, specAt.child('topologySpreadConstraints'));
  for (const key in DEPRECATED_ANNOTATIONS) {
    const message = DEPRECATED_ANNOTATIONS[key];
    if (annotations[key] !== undefined) warnings.push(`${annotationsAt.key(key)}: ${message}`);
  }
  warnVolumes(warnings, spec.volumes ?? [], specAt.child('volumes'));
  warnRepeats(warnings, spec.hostAliases, 'ip', specAt.child('hostAliases'));
  warnRepeats(warnings, spec.imagePullSecrets, 'name', specAt.child('imagePullSecrets'));
  spec.imagePullSecrets?.forEach(({ name }, index) => {
    if (!name) warnings.push(`${specAt.child('imagePullSecrets').index(index).child('name')}: invalid empty name ""`);
  });
  if (!spec.securityContext?.seccompProfile && annotations[SECCOMP_POD] !== undefined) {
    warnings.push(`${annotationsAt.key(SECCOMP_POD)}: ${SECCOMP_MESSAGE}`);
  }
  for (const { list, index, container } of containersOf(spec)) {
    warnProfiles(warnings, container, spec, annotations, annotationsAt);
    warnContainer(warnings, container, specAt.child(list).index(index));
  }
  warnPorts(warnings, spec, specAt);
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    const field = specAt.child('terminationGracePeriodSeconds');
    warnings.push(`${field}: must be >= 0; negative values are invalid and will be treated as 1`);
  }
  for (const name of ['podAffinity', 'podAntiAffinity'] as const) {
    warnPodAffinity(warnings, spec.affinity?.[name], specAt.child('affinity', name));
  }
  return warnings;
}

/** The annotations by which a container's profiles were set once, where no field sets them. */
function warnProfiles(
  warnings: string[],
  container: Container,
  spec: PodSpec,
  annotations: Readonly<Record<string, string>>,
  at: FieldPath,
): void {
  const seccomp = SECCOMP_CONTAINER + container.name;
  if (!container.securityContext?.seccompProfile && annotations[seccomp] !== undefined) {
    warnings.push(`${at.key(seccomp)}: ${SECCOMP_MESSAGE}`);
  }
  const appArmor = APP_ARMOR + container.name;
  const set = spec.securityContext?.appArmorProfile ?? container.securityContext?.appArmorProfile;
  if (!set && annotations[appArmor] !== undefined) warnings.push(`${at.key(appArmor)}: ${APP_ARMOR_MESSAGE}`);
}

/** In the order of {@link DEPRECATED_VOLUMES}: most volumes have one source, and none of these. */
function deprecatedSources(volume: Volume): [source: string, message: string][] {
  if (!Object.keys(volume).some((name) => Object.hasOwn(DEPRECATED_VOLUMES, name))) return [];
  return Object.entries(DEPRECATED_VOLUMES).filter(([source]) => volume[source as keyof Volume]);
}

function warnVolumes(warnings: string[], volumes: readonly Volume[], at: FieldPath): void {
  const tokens = new Set<string>();
  volumes.forEach((volume, index) => {
    for (const [source, message] of deprecatedSources(volume)) {
      warnings.push(`${at.index(index).child(source)}: ${message}`);
    }
    for (const { serviceAccountToken } of volume.projected?.sources ?? []) {
      if (serviceAccountToken) tokens.add(serviceAccountToken.path);
    }
  });
  if (tokens.size === 0) return;
  volumes.forEach((volume, index) => {
    const sources = at.index(index).child('projected', 'sources');
    for (const source of volume.projected?.sources ?? []) {
      warnTokenPaths(warnings, source.configMap?.items, tokens, sources.child('configMap'));
      warnTokenPaths(warnings, source.secret?.items, tokens, sources.child('secrets'));
      warnTokenPaths(warnings, source.downwardAPI?.items, tokens, sources.child('downwardAPI'));
    }
  });
}

function warnTokenPaths(
  warnings: string[],
  items: readonly { path: string }[] | undefined,
  tokens: ReadonlySet<string>,
  at: FieldPath,
): void {
  items?.forEach(({ path }, index) => {
    if (!tokens.has(path)) return;
    warnings.push(`${at.index(index)}: has duplicated path with ServiceAccountToken ${JSON.stringify(path)}`);
  });
}

/** Names become host names, which are labels. */
export function hostnameWarnings(name: string, use: string): string[] {
  const problems = dns1123LabelProblems(name);
  if (problems.length === 0) return [];
  return [
    `metadata.name: this is used in ${use}, which can result in surprising behavior; a DNS label is recommended: [${problems.join(' ')}]`,
  ];
}

function warnNodeAffinity(warnings: string[], affinity: Affinity | undefined, at: FieldPath): void {
  const node = affinity?.nodeAffinity;
  const requiredAt = at.child('requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms');
  node?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms?.forEach((term, index) => {
    warnNodeTerm(warnings, term, requiredAt.index(index));
  });
  node?.preferredDuringSchedulingIgnoredDuringExecution?.forEach((term, index) => {
    const entry = at.child('preferredDuringSchedulingIgnoredDuringExecution').index(index);
    warnNodeTerm(warnings, term.preference ?? {}, entry.child('preference'));
  });
}

function warnNodeTerm(warnings: string[], term: NodeSelectorTerm, at: FieldPath): void {
  term.matchExpressions?.forEach(({ key }, index) => {
    const message = DEPRECATED_LABELS[key];
    if (message) warnings.push(`${at.child('matchExpressions').index(index).child('key')}: ${key} is ${message}`);
  });
}

function warnSpread(warnings: string[], spec: PodSpec, at: FieldPath): void {
  spec.topologySpreadConstraints?.forEach(({ topologyKey, labelSelector }, index) => {
    const message = DEPRECATED_LABELS[topologyKey];
    if (message) warnings.push(`${at.index(index).child('topologyKey')}: ${topologyKey} is ${message}`);
    if (!labelSelector) warnings.push(`${at.index(index).child('labelSelector')}: ${NO_POD}`);
  });
}

function warnRepeats<K extends string>(
  warnings: string[],
  items: readonly { [key in K]?: string }[] | undefined,
  field: K,
  at: FieldPath,
): void {
  const seen = new Set<string>();
  items?.forEach((item, index) => {
    const value = item[field] ?? '';
    if (seen.has(value)) {
      warnings.push(`${at.index(index).child(field)}: duplicate ${field} ${JSON.stringify(value)}`);
    }
    seen.add(value);
  });
}

function warnContainer(warnings: string[], container: Container, at: FieldPath): void {
  for (const name of ['memory', 'ephemeral-storage']) {
    for (const list of ['limits', 'requests'] as const) {
      const amount = container.resources?.[list]?.[name];
      if (amount === undefined || isWholeQuantity(amount)) continue;
      const text = `fractional byte value "${canonicalQuantity(amount)}" is invalid, must be an integer`;
      warnings.push(`${at.child('resources', list).key(name)}: ${text}`);
    }
  }
  const names = new Set<string>();
  container.env?.forEach(({ name, value = '', valueFrom }, index) => {
    if (names.has(name) && hidesPrevious(name, value, valueFrom !== undefined)) {
      const text = `hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`;
      warnings.push(`${at.child('env').index(index)}: ${text}`);
    }
    names.add(name);
  });
}

/** A second definition that builds on the first one (`$(A):more`) is meant. */
function hidesPrevious(name: string, value: string, fromSource: boolean): boolean {
  const reference = `$(${name})`;
  return fromSource || value === reference || !value.includes(reference);
}

function warnPorts(warnings: string[], spec: PodSpec, at: FieldPath): void {
  const taken = new Map<string, { field: FieldPath; port: ContainerPort }[]>();
  for (const { list, index, container } of containersOf(spec)) {
    container.ports?.forEach((port, portIndex) => {
      const field = at.child(list).index(index).child('ports').index(portIndex);
      if (port.hostIP && !port.hostPort) warnings.push(`${field}: hostIP set without hostPort: ${formatPort(port)}`);
      const identity = `${port.containerPort}/${port.protocol ?? ''}`;
      const others = taken.get(identity) ?? [];
      for (const other of others) {
        const clash = describeClash(port, other.port);
        if (clash) warnings.push(`${field}: ${clash} port definition with ${other.field}`);
      }
      taken.set(identity, [...others, { field, port }]);
    });
  }
}

/** How two definitions of one port get in each other's way; `''` when they do not. */
function describeClash(port: ContainerPort, other: ContainerPort): string {
  const [hostPort, otherHostPort] = [port.hostPort ?? 0, other.hostPort ?? 0];
  const [hostIP, otherHostIP] = [port.hostIP ?? '', other.hostIP ?? ''];
  if (hostIP === otherHostIP && hostPort === otherHostPort) return 'duplicate';
  if (hostPort === 0 || otherHostPort === 0) return 'overlapping';
  const oneIsEverywhere = (hostIP === '') !== (otherHostIP === '');
  return hostPort === otherHostPort && oneIsEverywhere ? 'dangerously ambiguous' : '';
}

function formatPort({ name = '', hostPort = 0, containerPort, protocol = '', hostIP = '' }: ContainerPort): string {
  return `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
}

function warnPodAffinity(
  warnings: string[],
  affinity:
    | {
        requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[];
        preferredDuringSchedulingIgnoredDuringExecution?: WeightedPodAffinityTerm[];
      }
    | undefined,
  at: FieldPath,
): void {
  affinity?.requiredDuringSchedulingIgnoredDuringExecution?.forEach((term, index) => {
    if (term.labelSelector) return;
    const entry = at.child('requiredDuringSchedulingIgnoredDuringExecution').index(index);
    warnings.push(`${entry.child('labelSelector')}: ${NO_POD}`);
  });
  affinity?.preferredDuringSchedulingIgnoredDuringExecution?.forEach((term, index) => {
    if (term.podAffinityTerm?.labelSelector) return;
    const entry = at.child('preferredDuringSchedulingIgnoredDuringExecution').index(index);
    warnings.push(`${entry.child('podAffinityTerm', 'labelSelector')}: ${NO_POD}`);
  });
}

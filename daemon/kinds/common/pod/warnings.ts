/**
 * Warnings about Pods and templates, as `Warning: 299` headers (`pkg/api/pod/warnings.go` of 1.32).
 */

import type { FieldPath } from '../../../base/field.ts';
import type { ObjectMeta } from '../../../base/object.ts';
import { canonicalQuantity, quantityMilliValue } from '../../../base/quantity.ts';
import type {
  Affinity,
  Container,
  NodeSelectorTerm,
  PodAffinityTerm,
  PodSpec,
  Volume,
  WeightedPodAffinityTerm,
} from '../../types.generated.ts';
import { containersOf } from './annotations.ts';

const DEPRECATED_LABELS: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

const SECCOMP_MESSAGE = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const SYSCTLS_MESSAGE = 'non-functional in v1.11+; use the "sysctls" field instead';
/** A key ending in `/` stands for every key that starts with it. */
const DEPRECATED_ANNOTATIONS: readonly (readonly [key: string, message: string])[] = [
  ['seccomp.security.alpha.kubernetes.io/pod', SECCOMP_MESSAGE],
  ['container.seccomp.security.alpha.kubernetes.io/', SECCOMP_MESSAGE],
  [
    'container.apparmor.security.beta.kubernetes.io/',
    'deprecated since v1.30; use the "appArmorProfile" field instead',
  ],
  ['security.alpha.kubernetes.io/sysctls', SYSCTLS_MESSAGE],
  ['security.alpha.kubernetes.io/unsafe-sysctls', SYSCTLS_MESSAGE],
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
];

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
  for (const key of Object.keys(spec.nodeSelector ?? {})) {
    const message = DEPRECATED_LABELS[key];
    if (message) warnings.push(`${specAt.child('nodeSelector').key(key)}: ${message}`);
  }
  warnNodeAffinity(warnings, spec.affinity, specAt.child('affinity', 'nodeAffinity'));
  warnSpread(warnings, spec, specAt.child('topologySpreadConstraints'));
  warnAnnotations(warnings, metadata?.annotations ?? {}, at.child('metadata', 'annotations'));
  spec.volumes?.forEach((volume, index) => {
    for (const source of Object.keys(DEPRECATED_VOLUMES) as (keyof Volume)[]) {
      if (volume[source]) {
        warnings.push(`${specAt.child('volumes').index(index).child(source)}: ${DEPRECATED_VOLUMES[source]}`);
      }
    }
  });
  warnRepeats(warnings, spec.hostAliases, 'ip', specAt.child('hostAliases'));
  warnRepeats(warnings, spec.imagePullSecrets, 'name', specAt.child('imagePullSecrets'));
  spec.imagePullSecrets?.forEach(({ name }, index) => {
    if (!name) warnings.push(`${specAt.child('imagePullSecrets').index(index).child('name')}: invalid empty name ""`);
  });
  for (const { list, index, container } of containersOf(spec)) {
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

function warnAnnotations(warnings: string[], annotations: Readonly<Record<string, string>>, at: FieldPath): void {
  for (const [deprecated, message] of DEPRECATED_ANNOTATIONS) {
    for (const key of Object.keys(annotations)) {
      if (key === deprecated || (deprecated.endsWith('/') && key.startsWith(deprecated))) {
        warnings.push(`${at.key(key)}: ${message}`);
      }
    }
  }
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
  const names = new Set<string>();
  container.env?.forEach(({ name }, index) => {
    if (names.has(name)) {
      const text = `hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`;
      warnings.push(`${at.child('env').index(index)}: ${text}`);
    }
    names.add(name);
  });
  for (const list of ['limits', 'requests'] as const) {
    for (const name of ['memory', 'ephemeral-storage']) {
      const amount = container.resources?.[list]?.[name];
      if (amount === undefined || quantityMilliValue(amount) % 1000 === 0) continue;
      const text = `fractional byte value "${canonicalQuantity(amount)}" is invalid, must be an integer`;
      warnings.push(`${at.child('resources', list).key(name)}: ${text}`);
    }
  }
}

function warnPorts(warnings: string[], spec: PodSpec, at: FieldPath): void {
  const taken = new Map<string, FieldPath>();
  for (const { list, index, container } of containersOf(spec)) {
    if (list !== 'containers') continue;
    container.ports?.forEach((port, portIndex) => {
      const field = at.child(list).index(index).child('ports').index(portIndex);
      const identity = `${port.protocol ?? 'TCP'} ${port.containerPort} ${port.hostIP ?? ''} ${port.hostPort ?? 0}`;
      const other = taken.get(identity);
      if (other) warnings.push(`${field}: duplicate port definition with ${other}`);
      else taken.set(identity, field);
    });
  }
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

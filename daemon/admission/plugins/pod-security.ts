/**
 * PodSecurity (KEP-2579): a Pod keeps to the level that its namespace's labels enforce; whoever writes a Pod or a workload that would not keep to the
 * level of the modes warn and audit is told, and it is noted. Labels that cannot be read are refused; new ones tell of the Pods that are there.
 */

import { deepEqual } from '../../base/json.ts';
import { invalid, notFound } from '../../base/status.ts';
import { NAMESPACES, PODS } from '../../kinds/resources.ts';
import type { Container, Namespace, Pod, PodTemplateSpec } from '../../kinds/types.generated.ts';
import type { PodSecurityConfiguration } from '../configuration.ts';
import type { AdmissionEnvironment, ClusterView } from '../contract.ts';
import { type Attributes, type Plugin, type Refusal, refuse } from '../plugin.ts';
import type { AnyContainer, CheckedPod, Violation } from '../pod-security/check.ts';
import { evaluate, formatDetails, formatReasons } from '../pod-security/evaluate.ts';
import {
  DEFAULT_POLICY,
  formatLabelled,
  formatLevel,
  isFullyPrivileged,
  isSameLevel,
  isStricter,
  type LevelVersion,
  type Policy,
  policyOf,
} from '../pod-security/policy.ts';

/** `defaultNamespaceMaxPodsToCheck`: relabelling a full namespace must not hold up everybody. */
const PODS_CHECKED_MAX = 3000;
const ANNOTATION = 'pod-security.kubernetes.io/';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';

/** Where a workload's Pod template stands. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  '/podtemplates': ['template'],
  '/replicationcontrollers': ['spec', 'template'],
  'apps/replicasets': ['spec', 'template'],
  'apps/deployments': ['spec', 'template'],
  'apps/statefulsets': ['spec', 'template'],
  'apps/daemonsets': ['spec', 'template'],
  'batch/jobs': ['spec', 'template'],
  'batch/cronjobs': ['spec', 'jobTemplate', 'spec', 'template'],
};

/** These of a Pod's subresources do not change what it is; one that is not known is judged. */
const IGNORED_SUBRESOURCES: ReadonlySet<string> = new Set([
  'exec',
  'attach',
  'binding',
  'eviction',
  'log',
  'portforward',
  'proxy',
  'status',
]);

export const podSecurity: Plugin = {
  name: 'PodSecurity',

  validate(attributes: Attributes, { cluster, configuration }: AdmissionEnvironment): Refusal | undefined {
    if (attributes.operation === 'delete') return undefined;
    const { group, plural } = attributes.kind.resource;
    const rules = { cluster, ...configuration.podSecurity };
    if (group === '' && plural === NAMESPACES.plural) return judgeNamespace(attributes, rules);
    if (group === '' && plural === PODS.plural) return judgePod(attributes, rules);
    const template = TEMPLATES[`${group}/${plural}`];
    if (template && attributes.subresource === '') return judgeWorkload(attributes, rules, template);
    return undefined;
  },
};

interface Rules extends PodSecurityConfiguration {
  readonly cluster: ClusterView;
}

/** Exempt is who or what the operator's file names; the audit is told. */
function isExempt(attributes: Attributes, { exemptions }: Rules): boolean {
  const isNamespace = exemptions.namespaces.includes(attributes.namespace ?? '');
  const reason = isNamespace ? 'namespace' : exemptions.usernames.includes(attributes.user.username) && 'user';
  if (reason) attributes.annotate(`${ANNOTATION}exempt`, reason);
  return reason !== false;
}

function judgeNamespace(attributes: Attributes, { cluster, defaults, exemptions }: Rules): Refusal | undefined {
  if (attributes.subresource !== '') return undefined;
  const { object, old, name } = attributes;
  const { policy, errors } = policyOf(object?.metadata?.labels, defaults);
  const before = old && policyOf(old.metadata?.labels, defaults);
  const isNews = errors.length > 0 && !(before && deepEqual(errors, before.errors));
  if (isNews) {
    const error = invalid({ group: '', kind: 'Namespace' }, name, errors);
    return { error, fieldPath: errors[0]!.field };
  }
  if (before && !isTightened(policy.enforce, before.policy.enforce)) return undefined;
  if (exemptions.namespaces.includes(name)) {
    if (isFullyPrivileged(policy) || deepEqual(policy, defaults)) return undefined;
    const labelled = formatLabelled(policy, object?.metadata?.labels);
    attributes.warn(`namespace "${name}" is exempt from Pod Security, and the policy (${labelled}) will be ignored`);
  } else if (before) {
    for (const text of violationsIn(cluster, name, policy.enforce)) attributes.warn(text);
  }
  return undefined;
}

function isTightened(next: LevelVersion, before: LevelVersion): boolean {
  if (isSameLevel(next, before) || next.level === 'privileged') return false;
  return next.minor !== before.minor || isStricter(next.level, before.level);
}

/** Of the Pods that are there: what they violate, those of one kind together. */
function violationsIn(cluster: ClusterView, namespace: string, level: LevelVersion): string[] {
  const all = cluster.list(PODS, namespace) as readonly Pod[];
  const byReasons = new Map<string, string[]>();
  for (const pod of all.slice(0, PODS_CHECKED_MAX)) {
    const violations = evaluate(level, checkedPod(pod));
    if (violations.length === 0) continue;
    const reasons = formatReasons(violations);
    byReasons.set(reasons, [...(byReasons.get(reasons) ?? []), pod.metadata?.name ?? '']);
  }
  const told = [...byReasons].map(([reasons, names]) => `${podsText(names)}: ${reasons}`).sort();
  const enforced = formatLevel(level);
  return [
    ...(all.length > PODS_CHECKED_MAX
      ? [
          `new PodSecurity enforce level only checked against the first ${PODS_CHECKED_MAX} of ${all.length} existing pods`,
        ]
      : []),
    ...(told.length > 0
      ? [`existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${enforced}"`]
      : []),
    ...told,
  ];
}

function podsText(names: readonly string[]): string {
  const first = [...names].sort()[0]!;
  const others = names.length - 1;
  if (others === 0) return first;
  return others === 1 ? `${first} (and 1 other pod)` : `${first} (and ${others} other pods)`;
}

function judgePod(attributes: Attributes, rules: Rules): Refusal | undefined {
  if (IGNORED_SUBRESOURCES.has(attributes.subresource) || isExempt(attributes, rules)) return undefined;
  const found = policyFor(attributes, rules);
  if ('error' in found) return found;
  const { policy, isParsed } = found;
  if (isParsed && isFullyPrivileged(policy)) {
    attributes.annotate(`${ANNOTATION}enforce-policy`, formatLevel(DEFAULT_POLICY.enforce));
    return undefined;
  }
  const pod = attributes.object as Pod;
  if (attributes.operation === 'update' && !isSignificant(pod, attributes.old as Pod)) return undefined;
  return judgeSpec(attributes, { ...found, rules }, checkedPod(pod), true);
}

function judgeWorkload(attributes: Attributes, rules: Rules, path: readonly string[]): Refusal | undefined {
  if (isExempt(attributes, rules)) return undefined;
  const found = policyFor(attributes, rules);
  if ('error' in found) return found;
  const { policy, isParsed } = found;
  if (isParsed && policy.warn.level === 'privileged' && policy.audit.level === 'privileged') return undefined;
  const template = path.reduce<unknown>(
    (at, step) => (at as Record<string, unknown> | undefined)?.[step],
    attributes.object,
  );
  if (!template) return undefined;
  return judgeSpec(attributes, { ...found, rules }, checkedPod(template as PodTemplateSpec), false);
}

const checkedPod = ({ metadata, spec }: Pod | PodTemplateSpec): CheckedPod => ({
  metadata: metadata ?? {},
  spec: spec ?? { containers: [] },
});

interface Found {
  policy: Policy;
  isParsed: boolean;
  /** What is said of labels that cannot be read. */
  problem?: string;
}

function policyFor({ namespace = '' }: Attributes, { cluster, defaults }: Rules): Found | Refusal {
  const found = cluster.get(NAMESPACES, { name: namespace }) as Namespace | undefined;
  if (!found)
    return { error: notFound({ group: '', resource: 'namespaces' }, namespace), fieldPath: 'metadata.namespace' };
  const { policy, errors } = policyOf(found.metadata?.labels, defaults);
  if (errors.length === 0) return { policy, isParsed: true };
  const told = errors.map(({ field, detail }) => `${field}: ${detail}`).join(', ');
  return { policy, isParsed: false, problem: `Failed to parse policy: ${told}` };
}

/** A workload's own write is never refused: its Pods will be. */
function judgeSpec(
  attributes: Attributes,
  { policy, problem, rules }: Found & { rules: Rules },
  pod: CheckedPod,
  isEnforced: boolean,
): Refusal | undefined {
  const { runtimeClassName } = pod.spec;
  if (runtimeClassName && rules.exemptions.runtimeClasses.includes(runtimeClassName)) {
    attributes.annotate(`${ANNOTATION}exempt`, 'runtimeClass');
    return undefined;
  }
  if (problem) attributes.annotate(`${ANNOTATION}error`, problem);
  const known = new Map<string, Violation[]>();
  const judge = (level: LevelVersion): Violation[] => {
    const name = formatLevel(level);
    const violations = known.get(name) ?? evaluate(level, pod);
    known.set(name, violations);
    return violations;
  };
  const violates = (level: LevelVersion): string =>
    `PodSecurity "${formatLevel(level)}": ${formatDetails(judge(level))}`;
  if (isEnforced) attributes.annotate(`${ANNOTATION}enforce-policy`, formatLevel(policy.enforce));
  if (judge(policy.audit).length > 0)
    attributes.annotate(`${ANNOTATION}audit-violations`, `would violate ${violates(policy.audit)}`);
  if (isEnforced && judge(policy.enforce).length > 0) {
    const namespace = attributes.namespace ?? '';
    const expected = `a Pod that keeps to the level that namespace ${namespace} enforces by its labels`;
    return refuse(attributes, 'spec', `violates ${violates(policy.enforce)}`, expected);
  }
  if (judge(policy.warn).length > 0) attributes.warn(`would violate ${violates(policy.warn)}`);
  return undefined;
}

/** Whether an update touches what the checks look at: images, seccomp annotations, containers that are new. */
function isSignificant(pod: Readonly<Pod>, old: Readonly<Pod>): boolean {
  const now = pod.metadata?.annotations ?? {};
  const before = old.metadata?.annotations ?? {};
  if (now[SECCOMP_POD] !== before[SECCOMP_POD]) return true;
  const isChanged = (container: AnyContainer, was: AnyContainer | undefined): boolean => {
    const key = SECCOMP_CONTAINER + container.name;
    return !was || container.image !== was.image || now[key] !== before[key];
  };
  for (const list of ['containers', 'initContainers'] as const) {
    const containers: readonly Container[] = pod.spec?.[list] ?? [];
    const present: readonly Container[] = old.spec?.[list] ?? [];
    if (containers.length !== present.length) return true;
    if (containers.some((container, index) => isChanged(container, present[index]))) return true;
  }
  const present = new Map((old.spec?.ephemeralContainers ?? []).map((one) => [one.name, one]));
  return (pod.spec?.ephemeralContainers ?? []).some((one) => isChanged(one, present.get(one.name)));
}

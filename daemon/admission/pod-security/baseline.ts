/**
 * The checks of the level baseline, as Kubernetes 1.32 has them, version by version (`pod-security-admission/policy/check_*.go`).
 */

import { goQuote } from '../../base/go-quote.ts';
import type { PodSecurityContext, PodSpec, SecurityContext } from '../../kinds/types.generated.ts';
import {
  type AnyContainer,
  type Check,
  type CheckedPod,
  containersOf,
  containersText,
  joinQuoted,
  namesOf,
  pluralize,
  settersText,
  sortedSet,
  type Violation,
} from './check.ts';

const DEFAULT_CAPABILITIES: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);
const SELINUX_TYPES_1_0 = ['', 'container_t', 'container_init_t', 'container_kvm_t'];
const SELINUX_TYPES_1_31 = [...SELINUX_TYPES_1_0, 'container_engine_t'];
const SYSCTLS_1_0 = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
];
const SYSCTLS_1_27 = [...SYSCTLS_1_0, 'net.ipv4.ip_local_reserved_ports'];
const SYSCTLS_1_29 = [
  ...SYSCTLS_1_27,
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
];
const SYSCTLS_1_32 = [...SYSCTLS_1_29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'];
const APPARMOR_PREFIX = 'container.apparmor.security.beta.kubernetes.io/';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_PREFIX = 'container.seccomp.security.alpha.kubernetes.io/';

/** In the order in which they are told. */
export const BASELINE: readonly Check[] = [
  { id: 'appArmorProfile', since: 0, check: appArmor },
  { id: 'capabilities_baseline', since: 0, check: capabilities },
  { id: 'hostNamespaces', since: 0, check: hostNamespaces },
  { id: 'hostPathVolumes', since: 0, check: hostPaths },
  { id: 'hostPorts', since: 0, check: hostPorts },
  { id: 'privileged', since: 0, check: privileged },
  { id: 'procMount', since: 0, check: procMount },
  { id: 'seLinuxOptions', since: 0, check: (pod) => seLinux(pod, SELINUX_TYPES_1_0) },
  { id: 'seLinuxOptions', since: 31, check: (pod) => seLinux(pod, SELINUX_TYPES_1_31) },
  { id: 'seccompProfile_baseline', since: 0, check: seccompAnnotations },
  { id: 'seccompProfile_baseline', since: 19, check: seccompProfiles },
  { id: 'sysctls', since: 0, check: (pod) => sysctls(pod, SYSCTLS_1_0) },
  { id: 'sysctls', since: 27, check: (pod) => sysctls(pod, SYSCTLS_1_27) },
  { id: 'sysctls', since: 29, check: (pod) => sysctls(pod, SYSCTLS_1_29) },
  { id: 'sysctls', since: 32, check: (pod) => sysctls(pod, SYSCTLS_1_32) },
  { id: 'windowsHostProcess', since: 0, check: hostProcess },
];

type SharedSetting = 'appArmorProfile' | 'seccompProfile' | 'seLinuxOptions';

/** What a pod's own security context and its containers' set that is bad, the pod's first, and who sets it (`settersText`). */
function badSettings<Name extends SharedSetting>(
  spec: Readonly<PodSpec>,
  name: Name,
  isBad: (setting: NonNullable<SecurityContext[Name]>) => boolean,
): { setters: string; bad: NonNullable<SecurityContext[Name]>[] } {
  const badOf = (context: PodSecurityContext | SecurityContext | undefined) => {
    const setting = context?.[name] as SecurityContext[Name];
    return setting !== undefined && isBad(setting) ? [setting] : [];
  };
  const ofPod = badOf(spec.securityContext);
  const containers = containersOf(spec).filter(({ securityContext }) => badOf(securityContext).length > 0);
  const names = containers.map((container) => container.name);
  const ofContainers = containers.flatMap(({ securityContext }) => badOf(securityContext));
  return { setters: settersText(ofPod.length > 0, names), bad: [...ofPod, ...ofContainers] };
}

function appArmor(pod: CheckedPod): Violation | undefined {
  const { spec, metadata } = pod;
  const isBad = ({ type }: { type?: string }) => type !== 'RuntimeDefault' && type !== 'Localhost';
  const { setters: ofProfiles, bad } = badSettings(spec, 'appArmorProfile', isBad);
  const annotations = Object.entries(metadata.annotations ?? {})
    .filter(([key, value]) => key.startsWith(APPARMOR_PREFIX) && !isKnownAppArmor(value))
    .map(([key, value]) => `${key}=${goQuote(value)}`)
    .sort();
  const setters = [
    ofProfiles,
    annotations.length > 0 ? pluralize('annotation', 'annotations', annotations.length) : '',
  ].filter(Boolean);
  if (setters.length === 0) return undefined;
  const values = [...sortedSet(bad.map(({ type = '' }) => type)), ...annotations];
  return {
    reason: pluralize('forbidden AppArmor profile', 'forbidden AppArmor profiles', values.length),
    detail: `${setters.join(' and ')} must not set AppArmor profile type to ${joinQuoted(values)}`,
  };
}

const isKnownAppArmor = (profile: string): boolean =>
  profile === '' || profile === 'runtime/default' || profile.startsWith('localhost/');

function capabilities(pod: CheckedPod): Violation | undefined {
  const forbidden = ({ securityContext }: AnyContainer) =>
    (securityContext?.capabilities?.add ?? []).filter((one) => !DEFAULT_CAPABILITIES.has(one));
  const names = namesOf(pod, (container) => forbidden(container).length > 0);
  if (names.length === 0) return undefined;
  const added = sortedSet(containersOf(pod.spec).flatMap(forbidden));
  return {
    reason: 'non-default capabilities',
    detail: `${containersText(names)} must not include ${joinQuoted(added)} in securityContext.capabilities.add`,
  };
}

function hostNamespaces({ spec }: CheckedPod): Violation | undefined {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => spec[name]);
  return shared.length > 0
    ? { reason: 'host namespaces', detail: shared.map((name) => `${name}=true`).join(', ') }
    : undefined;
}

function hostPaths({ spec }: CheckedPod): Violation | undefined {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name);
  if (names.length === 0) return undefined;
  return { reason: 'hostPath volumes', detail: `${pluralize('volume', 'volumes', names.length)} ${joinQuoted(names)}` };
}

function hostPorts(pod: CheckedPod): Violation | undefined {
  const portsOf = ({ ports }: AnyContainer) =>
    (ports ?? []).flatMap(({ hostPort }) => (hostPort ? [`${hostPort}`] : []));
  const names = namesOf(pod, (container) => portsOf(container).length > 0);
  if (names.length === 0) return undefined;
  const ports = sortedSet(containersOf(pod.spec).flatMap(portsOf));
  const uses = pluralize('uses', 'use', names.length);
  return {
    reason: 'hostPort',
    detail: `${containersText(names)} ${uses} ${pluralize('hostPort', 'hostPorts', ports.length)} ${ports.join(', ')}`,
  };
}

function privileged(pod: CheckedPod): Violation | undefined {
  const names = namesOf(pod, ({ securityContext }) => securityContext?.privileged === true);
  if (names.length === 0) return undefined;
  return { reason: 'privileged', detail: `${containersText(names)} must not set securityContext.privileged=true` };
}

function procMount(pod: CheckedPod): Violation | undefined {
  const mountOf = ({ securityContext }: AnyContainer) => securityContext?.procMount ?? 'Default';
  const names = namesOf(pod, (container) => mountOf(container) !== 'Default');
  if (names.length === 0) return undefined;
  const types = sortedSet(containersOf(pod.spec).map(mountOf)).filter((type) => type !== 'Default');
  return {
    reason: 'procMount',
    detail: `${containersText(names)} must not set securityContext.procMount to ${joinQuoted(types)}`,
  };
}

function seLinux({ spec }: CheckedPod, types: readonly string[]): Violation | undefined {
  const isBad = ({ type = '', user, role }: { type?: string; user?: string; role?: string }) =>
    !types.includes(type) || Boolean(user) || Boolean(role);
  const { setters, bad } = badSettings(spec, 'seLinuxOptions', isBad);
  if (!setters) return undefined;
  const wrong = sortedSet(bad.map(({ type = '' }) => type)).filter((type) => !types.includes(type));
  const data = [
    ...(wrong.length > 0 ? [`${pluralize('type', 'types', wrong.length)} ${joinQuoted(wrong)}`] : []),
    ...(bad.some(({ user }) => user) ? ['user may not be set'] : []),
    ...(bad.some(({ role }) => role) ? ['role may not be set'] : []),
  ];
  return {
    reason: 'seLinuxOptions',
    detail: `${setters} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}`,
  };
}

/** Before 1.19 the profiles stood in annotations. */
function seccompAnnotations({ spec, metadata }: CheckedPod): Violation | undefined {
  const { annotations = {} } = metadata;
  const keys = [SECCOMP_POD, ...containersOf(spec).map(({ name }) => SECCOMP_PREFIX + name)];
  const forbidden = sortedSet(
    keys
      .filter((key) => Object.hasOwn(annotations, key) && !isKnownSeccomp(annotations[key]!))
      .map((key) => `${key}=${goQuote(annotations[key]!)}`),
  );
  if (forbidden.length === 0) return undefined;
  const noun = pluralize('annotation', 'annotations', forbidden.length);
  return { reason: 'seccompProfile', detail: `forbidden ${noun} ${forbidden.join(', ')}` };
}

const isKnownSeccomp = (value: string): boolean =>
  value === 'runtime/default' || value === 'docker/default' || value.startsWith('localhost/');

/** Who sets a profile that is neither the runtime's nor one of the host's. Also the first half of the restricted check. */
export function seccompProfiles({ spec }: CheckedPod): Violation | undefined {
  const isBad = ({ type }: { type?: string }) => type !== 'Localhost' && type !== 'RuntimeDefault';
  const { setters, bad } = badSettings(spec, 'seccompProfile', isBad);
  if (!setters) return undefined;
  const values = sortedSet(bad.map(({ type = '' }) => type));
  return {
    reason: 'seccompProfile',
    detail: `${setters} must not set securityContext.seccompProfile.type to ${joinQuoted(values)}`,
  };
}

function sysctls({ spec }: CheckedPod, allowed: readonly string[]): Violation | undefined {
  const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !allowed.includes(name));
  return names.length > 0 ? { reason: 'forbidden sysctls', detail: names.join(', ') } : undefined;
}

function hostProcess(pod: CheckedPod): Violation | undefined {
  const setters = settersText(
    pod.spec.securityContext?.windowsOptions?.hostProcess === true,
    namesOf(pod, ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true),
  );
  if (!setters) return undefined;
  return { reason: 'hostProcess', detail: `${setters} must not set securityContext.windowsOptions.hostProcess=true` };
}

/**
 * securityContext, the pod's and the container's, as podman is told. Pure.
 *
 * Capabilities are asked for as the difference to what podman gives by itself, because what is added by name would stay with processes that
 * are not root.
 */

import type { Container, Pod, SELinuxOptions, SeccompProfile } from '../../kinds/types.generated.ts';
import { sysctlName } from '../pods/sysctls.ts';
import { ConfigProblem } from './environment.ts';
import { formatPod } from './names.ts';

/** What Kubernetes' runtimes give a container that asks for nothing. */
const DEFAULT_CAPABILITIES = [
  'CAP_AUDIT_WRITE',
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_MKNOD',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_RAW',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
];

export interface SecurityFacts {
  /** `USER` of the image: `''`, a name, or `uid[:gid]`. */
  imageUser: string;
  /** What podman gives without being asked (its `info`). */
  podmanCapabilities: readonly string[];
  /** Where profiles of `type: Localhost` lie. */
  seccompRoot: string;
}

const capability = (name: string) => {
  const upper = name.toUpperCase();
  return upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
};

function capabilities(
  container: Readonly<Container>,
  podmanCapabilities: readonly string[],
): { cap_add?: string[]; cap_drop?: string[] } {
  const { add = [], drop = [] } = container.securityContext?.capabilities ?? {};
  const added = add.map(capability);
  const dropped = new Set(drop.map(capability));
  const everything = added.includes('CAP_ALL');
  const base = dropped.has('CAP_ALL') ? [] : DEFAULT_CAPABILITIES.filter((name) => !dropped.has(name));
  const wanted = new Set([...base, ...added.filter((name) => name !== 'CAP_ALL')]);
  if (everything) {
    return { cap_add: ['all'], ...(dropped.size > 0 ? { cap_drop: [...dropped].sort() } : {}) };
  }
  const toAdd = [...wanted].filter((name) => !podmanCapabilities.includes(name)).sort();
  const toDrop = podmanCapabilities.filter((name) => !wanted.has(name)).sort();
  return {
    ...(toAdd.length > 0 ? { cap_add: toAdd } : {}),
    ...(toDrop.length > 0 ? { cap_drop: wanted.size === 0 ? ['all'] : toDrop } : {}),
  };
}

function seccomp(profile: Readonly<SeccompProfile> | undefined, root: string): { seccomp_profile_path?: string } {
  if (!profile || profile.type === 'Unconfined') return { seccomp_profile_path: 'unconfined' };
  if (profile.type !== 'Localhost') return {};
  const path = profile.localhostProfile ?? '';
  if (path === '' || path.startsWith('/') || path.split('/').includes('..'))
    throw new ConfigProblem(`seccompProfile.localhostProfile ${JSON.stringify(path)}: expected a path below ${root}`);
  return { seccomp_profile_path: `${root}/${path}` };
}

/** Part by part; podman passes over them on a host without SELinux, as Kubernetes' runtimes do. */
function seLinux({ user, role, type, level }: Readonly<SELinuxOptions> = {}): { selinux_opts?: string[] } {
  const parts = Object.entries({ user, role, type, level }).filter(([, value]) => value);
  return parts.length > 0 ? { selinux_opts: parts.map(([name, value]) => `${name}:${value}`) } : {};
}

function verifyNonRoot(pod: Readonly<Pod>, container: Readonly<Container>, imageUser: string): void {
  const { securityContext: own } = container;
  const shared = pod.spec?.securityContext;
  if (!(own?.runAsNonRoot ?? shared?.runAsNonRoot)) return;
  const where = `(pod: ${JSON.stringify(formatPod(pod))}, container: ${container.name})`;
  const user = own?.runAsUser ?? shared?.runAsUser;
  if (user !== undefined) {
    if (user === 0) throw new ConfigProblem(`container's runAsUser breaks non-root policy ${where}`);
    return;
  }
  const [name = ''] = imageUser.split(':');
  if (name === '' || name === '0')
    throw new ConfigProblem(`container has runAsNonRoot and image will run as root ${where}`);
  if (!/^\d+$/.test(name))
    throw new ConfigProblem(
      `container has runAsNonRoot and image has non-numeric user (${name}), cannot verify user is non-root ${where}`,
    );
}

/** The fields of podman's request. Throws ConfigProblem for what must not start. */
export function renderSecurity(
  pod: Readonly<Pod>,
  container: Readonly<Container>,
  facts: SecurityFacts,
): Record<string, unknown> {
  verifyNonRoot(pod, container, facts.imageUser);
  const own = container.securityContext ?? {};
  const shared = pod.spec?.securityContext ?? {};
  const user = own.runAsUser ?? shared.runAsUser;
  const group = own.runAsGroup ?? shared.runAsGroup;
  const groups = [...(shared.supplementalGroups ?? []), ...(shared.fsGroup === undefined ? [] : [shared.fsGroup])];
  const [imageUser = '', imageGroup] = facts.imageUser.split(':');
  const identity =
    user === undefined && group === undefined
      ? undefined
      : `${user ?? (imageUser || 0)}${group === undefined ? (user === undefined && imageGroup ? `:${imageGroup}` : '') : `:${group}`}`;
  const privileged = own.privileged === true;
  return {
    ...(identity === undefined ? {} : { user: identity }),
    ...(groups.length > 0 ? { groups: groups.map(String) } : {}),
    ...(privileged
      ? { privileged: true, seccomp_profile_path: 'unconfined' }
      : {
          ...capabilities(container, facts.podmanCapabilities),
          ...seccomp(own.seccompProfile ?? shared.seccompProfile, facts.seccompRoot),
        }),
    ...seLinux(own.seLinuxOptions ?? shared.seLinuxOptions),
    ...(own.readOnlyRootFilesystem ? { read_only_filesystem: true } : {}),
    ...(own.allowPrivilegeEscalation === false ? { no_new_privileges: true } : {}),
    ...(own.procMount === 'Unmasked' ? { unmask: ['ALL'] } : {}),
    ...(shared.sysctls?.length
      ? { sysctl: Object.fromEntries(shared.sysctls.map(({ name, value }) => [sysctlName(name), value])) }
      : {}),
  };
}

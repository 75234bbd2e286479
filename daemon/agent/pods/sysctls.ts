/** Kernel parameters that pods may set. Pure. */

import type { Pod } from '../../kinds/types.generated.ts';
import type { Refusal } from './admit.ts';

/**
 * Kernel parameters that every node allows, as one pod cannot harm others by them (the kubelet's `SafeSysctlAllowlist`, 1.32). Others would be
 * allowed by `--allowed-unsafe-sysctls`.
 */
const SAFE_SYSCTLS: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]);

/** `net/ipv4/conf/eth0.1/x` → `net.ipv4.conf.eth0/1.x`; what begins with a dot's name is that already. */
export function sysctlName(name: string): string {
  if (name.match(/[./]/)?.[0] !== '/') return name;
  return name.replace(/[./]/g, (separator) => (separator === '/' ? '.' : '/'));
}

export function unsafeSysctl({ spec }: Readonly<Pod>): Refusal | undefined {
  for (const { name } of spec?.securityContext?.sysctls ?? []) {
    const normal = sysctlName(name);
    if (!SAFE_SYSCTLS.has(normal))
      return { reason: 'SysctlForbidden', message: `forbidden sysctl: ${JSON.stringify(normal)} not allowlisted` };
  }
  return undefined;
}

/** The ports of its node that a pod takes. Pure. */

import type { Pod } from '../../types.generated.ts';

export interface HostPort {
  protocol: string;
  ip: string;
  port: number;
}

/** Every address of the host. */
export const ANY_ADDRESS = '0.0.0.0';

/** Of containers that run side by side. */
export function hostPortsOf({ spec }: Readonly<Pod>): HostPort[] {
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...sidecars, ...(spec?.containers ?? [])]
    .flatMap(({ ports = [] }) => ports)
    .flatMap(({ hostPort, hostIP, protocol }) =>
      hostPort ? [{ protocol: protocol || 'TCP', ip: hostIP || ANY_ADDRESS, port: hostPort }] : [],
    );
}

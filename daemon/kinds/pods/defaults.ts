/**
 * Defaults of a Pod.
 */

import { setPodOnlyDefaults, setPodSpecDefaults } from '../common/pod/defaults.ts';
import type { Pod, PodStatus } from '../types.generated.ts';

export function setDefaults(pod: Pod): void {
  pod.spec ??= { containers: [] };
  setPodSpecDefaults(pod.spec);
  setPodOnlyDefaults(pod.spec);
  if (pod.status) setStatusDefaults(pod.status);
}

/** The one address and the list of addresses tell the same; a container's states are always shown. */
function setStatusDefaults(status: PodStatus): void {
  if (status.podIPs?.length) status.podIP = status.podIPs[0]!.ip;
  else if (status.podIP) status.podIPs = [{ ip: status.podIP }];
  for (const list of [status.containerStatuses, status.initContainerStatuses, status.ephemeralContainerStatuses]) {
    for (const container of list ?? []) {
      container.state ??= {};
      container.lastState ??= {};
      container.ready ??= false;
      container.restartCount ??= 0;
      container.image ??= '';
      container.imageID ??= '';
    }
  }
}

/**
 * Defaults of a Pod.
 */

import { showAsNull, showEachAsNull } from '../common/defaults.ts';
import { setPodOnlyDefaults, setPodSpecDefaults } from '../common/pod/defaults.ts';
import type { ContainerState, Pod, PodStatus } from '../types.generated.ts';

export function setDefaults(pod: Pod): void {
  pod.spec ??= { containers: [] };
  setPodSpecDefaults(pod.spec);
  setPodOnlyDefaults(pod.spec);
  if (pod.status) setStatusDefaults(pod.status);
}

/** The one address and the list of addresses tell the same (the one holds where they differ); a container's states are always shown, and times that are not known. */
function setStatusDefaults(status: PodStatus): void {
  if (status.podIP && status.podIP !== status.podIPs?.[0]?.ip) status.podIPs = [{ ip: status.podIP }];
  else if (status.podIPs?.length) status.podIP = status.podIPs[0]!.ip;
  showEachAsNull(status.conditions, 'lastProbeTime', 'lastTransitionTime');
  for (const list of [status.containerStatuses, status.initContainerStatuses, status.ephemeralContainerStatuses]) {
    for (const container of list ?? []) {
      container.state ??= {};
      container.lastState ??= {};
      showTimes(container.state);
      showTimes(container.lastState);
      container.ready ??= false;
      container.restartCount ??= 0;
      container.image ??= '';
      container.imageID ??= '';
    }
  }
}

function showTimes({ running, terminated }: ContainerState): void {
  if (running) showAsNull(running, 'startedAt');
  if (terminated) showAsNull(terminated, 'startedAt', 'finishedAt');
}

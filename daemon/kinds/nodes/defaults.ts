/**
 * Defaults of a Node: what it offers when that is not told, and the members that the API always shows.
 */

import { showEachAsNull } from '../common/defaults.ts';
import { roundUpResources } from '../common/pod/defaults.ts';
import type { Node } from '../types.generated.ts';

const FACTS = [
  'machineID',
  'systemUUID',
  'bootID',
  'kernelVersion',
  'osImage',
  'containerRuntimeVersion',
  'kubeletVersion',
  'kubeProxyVersion',
  'operatingSystem',
  'architecture',
] as const;

export function setDefaults(node: Node): void {
  node.spec ??= {};
  const { spec } = node;
  // The one block and the list of blocks tell the same; where they differ the older member holds, as upstream's conversion has it.
  if (spec.podCIDR && spec.podCIDR !== spec.podCIDRs?.[0]) spec.podCIDRs = [spec.podCIDR];
  else if (spec.podCIDRs?.length) spec.podCIDR = spec.podCIDRs[0];
  node.status ??= {};
  const { status } = node;
  if (status.capacity) roundUpResources(status.capacity);
  if (status.allocatable) roundUpResources(status.allocatable);
  showEachAsNull(status.conditions, 'lastHeartbeatTime', 'lastTransitionTime');
  if (status.capacity) status.allocatable ??= { ...status.capacity };
  status.daemonEndpoints ??= {};
  status.daemonEndpoints.kubeletEndpoint ??= { Port: 0 };
  const known = status.nodeInfo ?? {};
  status.nodeInfo = { ...Object.fromEntries(FACTS.map((fact) => [fact, ''])), ...known } as NonNullable<
    typeof status.nodeInfo
  >;
}

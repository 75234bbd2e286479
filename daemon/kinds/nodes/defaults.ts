/**
 * Defaults of a Node: what it offers when that is not told, and the members that the API always shows.
 */

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
  if (node.spec.podCIDRs?.length) node.spec.podCIDR = node.spec.podCIDRs[0];
  else if (node.spec.podCIDR) node.spec.podCIDRs = [node.spec.podCIDR];
  node.status ??= {};
  const { status } = node;
  if (status.capacity) roundUpResources(status.capacity);
  if (status.allocatable) roundUpResources(status.allocatable);
  if (status.capacity) status.allocatable ??= { ...status.capacity };
  status.daemonEndpoints ??= {};
  status.daemonEndpoints.kubeletEndpoint ??= { Port: 0 };
  const known = status.nodeInfo ?? {};
  status.nodeInfo = { ...Object.fromEntries(FACTS.map((fact) => [fact, ''])), ...known } as NonNullable<
    typeof status.nodeInfo
  >;
}

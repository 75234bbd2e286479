/** What the node address loop sees of one node. Reads informers and what was assigned a moment ago. */

import type { SharedInformers } from '../../runtime/shared-informers.ts';
import type { NodeIpamSnapshot } from './actions.ts';

/** `recent`: node → subnet, assigned by this process and perhaps not yet seen in the informer. */
export function observe(
  informers: SharedInformers,
  clusterCidr: string,
  recent: Map<string, string>,
  key: string,
): NodeIpamSnapshot | undefined {
  const node = informers.nodes.get({ name: key });
  if (!node) return undefined;
  const used = new Set<string>(recent.values());
  for (const other of informers.nodes.list()) {
    const cidrs = other.spec?.podCIDRs ?? (other.spec?.podCIDR ? [other.spec.podCIDR] : []);
    for (const cidr of cidrs) used.add(cidr);
  }
  return { key, node, clusterCidr, used };
}

/** What the taint eviction loop sees of one pod. Reads informers only. */

import { parseKey } from '../../base/object.ts';
import type { SharedInformers } from '../../runtime/shared-informers.ts';
import { taintsOf } from '../shared/node.ts';
import { isPodTerminal } from '../shared/pod.ts';
import type { TaintEvictionSnapshot } from './actions.ts';

export function observe(
  informers: SharedInformers,
  listeningSinceMs: () => number,
  key: string,
): TaintEvictionSnapshot | undefined {
  const pod = informers.pods.get(parseKey(key));
  const node = pod?.spec?.nodeName ? informers.nodes.get({ name: pod.spec.nodeName }) : undefined;
  if (!pod || !node || isPodTerminal(pod)) return undefined;
  return { key, pod, taints: taintsOf(node, 'NoExecute'), listeningSinceMs: listeningSinceMs() };
}

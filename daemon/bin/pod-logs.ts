/**
 * The last lines of a pod's container, from its node's agent: evidence for whoever reads why a commit was reverted.
 */

import type { NodeServices } from '../api/stream/pod-target.ts';
import type { NodeService } from '../client/node-service.ts';
import { EVIDENCE_LOG_MS_MAX } from '../git/limits.ts';
import type { PodLogs } from '../git/revert/evidence.ts';
import type { Pod } from '../kinds/types.generated.ts';

/** What is read at most: some lines of any length. */
const LOG_BYTES_MAX = 64 * 1024;

/** `''` for a pod that has no log or whose node is not connected. */
export function createPodLogs(nodes: NodeServices): PodLogs {
  return async (pod, container, tailLines) => {
    const node = nodes(pod.spec?.nodeName ?? '');
    if (!node) return '';
    const now = await read(node, pod, { container, tailLines });
    // A container that was just started again has not said anything yet.
    return now.trim() === '' ? read(node, pod, { container, tailLines, previous: true }) : now;
  };
}

async function read(
  node: NodeService,
  pod: Readonly<Pod>,
  options: { container: string; tailLines: number; previous?: boolean },
): Promise<string> {
  const { namespace = '', name = '', uid = '' } = pod.metadata ?? {};
  const signal = AbortSignal.timeout(EVIDENCE_LOG_MS_MAX);
  const chunks: Uint8Array[] = [];
  try {
    const reference = { namespace, name, uid };
    for await (const chunk of node.logs(reference, { ...options, limitBytes: LOG_BYTES_MAX }, signal))
      chunks.push(chunk);
  } catch {
    // No such container (any more): what was read so far is what there is.
  }
  return Buffer.concat(chunks).toString('utf8');
}

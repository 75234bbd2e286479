/**
 * Shows, and ends, the waiting for nodes after a rebuild.
 */

import { keyOf } from '../base/object.ts';
import type { Client } from '../client/client.ts';
import { AWAITING_REPORT, isAwaitingReport, UNKNOWN_PODS } from '../kinds/common/rebuild.ts';
import { NODES } from '../kinds/resources.ts';
import type { Node } from '../kinds/types.generated.ts';
import type { Output } from './output.ts';

interface RecoveryReport {
  awaited: { node: string; since: string }[];
  unknownPods: { node: string; pods: string }[];
}

function reportOf(nodes: readonly Readonly<Node>[]): RecoveryReport {
  const annotated = (name: string) =>
    nodes.flatMap(({ metadata }) => {
      const value = metadata?.annotations?.[name];
      return value === undefined ? [] : [{ node: metadata?.name ?? '', value }];
    });
  return {
    awaited: annotated(AWAITING_REPORT).map(({ node, value }) => ({ node, since: value })),
    unknownPods: annotated(UNKNOWN_PODS).map(({ node, value }) => ({ node, pods: value })),
  };
}

/** `force`: a node's name, or true for all. Resolves with the exit code. */
export async function recovery(
  client: Client,
  { json, force }: { json: boolean; force: string | true | undefined },
  out: Output,
): Promise<number> {
  if (force !== undefined) await endWaiting(client, force, json ? undefined : out);
  const report = reportOf((await client.list(NODES)).items);
  if (json) out.line(JSON.stringify(report, null, 2));
  else {
    for (const { node, since } of report.awaited) out.line(`${node}  has not reported since the rebuild at ${since}`);
    if (report.awaited.length > 0) out.line('no pod is evicted, scaled down or run again until then (or: --force)');
    else out.line('every node has reported');
    for (const { node, pods } of report.unknownPods) {
      out.line(`${node}  runs pods that the rebuilt cluster does not know: ${pods}`);
      out.line(`  to end them: kubectl annotate node ${node} ${UNKNOWN_PODS}-`);
    }
  }
  return report.awaited.length > 0 ? 1 : 0;
}

async function endWaiting(client: Client, force: string | true, out: Output | undefined): Promise<void> {
  const { items } = await client.list(NODES);
  const chosen = items.filter((node) => isAwaitingReport(node) && (force === true || node.metadata?.name === force));
  for (const node of chosen) {
    const patch = { metadata: { annotations: { [AWAITING_REPORT]: null } } };
    await client.patch(NODES, keyOf(node), patch, { type: 'merge' });
    out?.line(`${node.metadata?.name}  is not waited for any longer`);
  }
}

/** A node that no agent speaks for: its heartbeats, without which it would be taken for dead after 40 s, on a busy machine in the midst of a test. */

import { formatTime, systemClock } from '../../daemon/base/clock.ts';
import type { Client } from '../../daemon/client/client.ts';
import { NODES } from '../../daemon/kinds/resources.ts';
import { makeNode } from './objects.ts';

const PERIOD_MS = 15_000;

/** Makes the node, unless it is there; the returned function ends its heartbeats. */
export async function startNode(client: Client, name: string): Promise<() => void> {
  const node = makeNode(name);
  await client.create(NODES, node).catch(() => {});
  const beat = () => {
    const lastHeartbeatTime = formatTime(systemClock.now());
    const conditions = (node.status?.conditions ?? []).map((one) => ({ ...one, lastHeartbeatTime }));
    client.patch(NODES, { name }, { status: { conditions } }, { type: 'merge', subresource: 'status' }).catch(() => {});
  };
  const timer = setInterval(beat, PERIOD_MS);
  return () => clearInterval(timer);
}

/**
 * Which pods of this node have a network, when the node's own records are gone with its directory: what the host shows (links with our mark on our
 * bridge, and the addresses behind them) and, for port rules, what the API says of those pods. Without it the first look would take their links for
 * somebody's left-overs, and their addresses for free ones.
 */

import { stat } from 'node:fs/promises';
import { hostPortsOf } from '../agent/pods/sandbox.ts';
import type { Logger } from '../base/log.ts';
import type { Client } from '../client/client.ts';
import { PODS } from '../kinds/resources.ts';
import type { Pod } from '../kinds/types.generated.ts';
import { observeHost, observeInside } from '../network/observe.ts';
import { createRecords } from '../network/records.ts';

export interface SeedOptions {
  /** Of the records. */
  directory: string;
  client: Client;
  nodeName: string;
  log: Logger;
}

/** Only where there is no directory of records. */
export async function seedNetworkRecords({ directory, client, nodeName, log }: SeedOptions): Promise<void> {
  if (await stat(directory).catch(() => undefined)) return;
  const { ports } = await observeHost(undefined);
  const uids = [...ports.values()].flatMap(({ uid, isOnBridge }) => (uid !== undefined && isOnBridge ? [uid] : []));
  if (uids.length === 0) return;
  const pods = await podsOf(client, nodeName);
  const records = createRecords(directory);
  for (const uid of uids) {
    const inside = await observeInside(undefined, uid);
    const ip = inside === 'broken' ? undefined : inside.addresses[0]?.split('/')[0];
    const pod = pods.get(uid);
    if (ip !== undefined) await records.save({ uid, ip, hostPorts: pod ? hostPortsOf(pod) : [] });
  }
  log.warn({ pods: uids.length }, 'the records of pod networks are gone; they were made anew from what the host shows');
}

/** A server that does not answer is no reason to wait: the agent attaches each pod again, with its ports. */
async function podsOf(client: Client, nodeName: string): Promise<Map<string, Pod>> {
  const fieldSelector = `spec.nodeName=${nodeName}`;
  const { items } = await client.list(PODS, { fieldSelector }).catch(() => ({ items: [] as Pod[] }));
  return new Map(items.map((pod) => [pod.metadata?.uid ?? '', pod]));
}

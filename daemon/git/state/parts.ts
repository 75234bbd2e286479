/**
 * How the cluster's objects are divided into parts of the checkpoint, and what of them is kept. Pure.
 *
 * Kept is everything but what reports itself again at once: events and leases. An object's part follows from its key alone, so a change costs
 * one part (1/256 of all).
 */

import { createHash } from 'node:crypto';
import { deepEqual } from '../../base/json.ts';
import type { KubeObject } from '../../base/object.ts';
import type { StoreEvent } from '../../store/store.ts';

const NOT_KEPT = ['/registry/core/events/', '/registry/events.k8s.io/events/', '/registry/coordination.k8s.io/leases/'];
const NODES = '/registry/core/nodes/';

export const isKept = (key: string): boolean => !NOT_KEPT.some((prefix) => key.startsWith(prefix));

/** Whether the change is worth a new checkpoint. A node's heartbeat is not: it comes with the next one that is. */
export function isWorthKeeping({ key, type, value, previous }: StoreEvent): boolean {
  if (!isKept(key)) return false;
  if (type === 'delete' || !previous || !key.startsWith(NODES)) return true;
  return !deepEqual(ownPart(previous.value), ownPart(value));
}

function ownPart(node: Readonly<KubeObject>): object {
  const { labels = {}, annotations = {}, uid, deletionTimestamp } = node.metadata ?? {};
  return { labels, annotations, uid, deletionTimestamp, spec: (node as { spec?: unknown }).spec };
}

/** `objects/00` … `objects/ff` */
export function partOf(key: string): string {
  return `objects/${createHash('sha1').update(key).digest('hex').slice(0, 2)}`;
}

export interface KeptObject {
  key: string;
  json: Buffer;
}

const LINE_FEED = Buffer.from('\n');

/** Two lines an object: its key, its JSON (which has no line ends). */
export function encodePart(objects: readonly KeptObject[]): Buffer {
  return Buffer.concat(objects.flatMap(({ key, json }) => [Buffer.from(key), LINE_FEED, json, LINE_FEED]));
}

export function decodePart(content: Buffer): KeptObject[] {
  const objects: KeptObject[] = [];
  for (let at = 0; at < content.length; ) {
    const keyEnd = content.indexOf(10, at);
    const jsonEnd = content.indexOf(10, keyEnd + 1);
    if (keyEnd < 0 || jsonEnd < 0) throw new Error('a part of the checkpoint is cut off');
    objects.push({ key: content.toString('utf8', at, keyEnd), json: content.subarray(keyEnd + 1, jsonEnd) });
    at = jsonEnd + 1;
  }
  return objects;
}

/**
 * What removing an object's manifest does to the live object: the API's background deletion as store operations. Pure.
 * Finalizers are honoured, pods go gracefully, a namespace goes by way of its controller; what is already going is left alone.
 */

import { formatTime } from '../base/clock.ts';
import { cloneJson } from '../base/json.ts';
import type { KubeObject } from '../base/object.ts';
import { holdForInstances } from '../kinds/customresourcedefinitions/deletion.ts';
import type { Kind } from '../kinds/kind.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../kinds/resources.ts';
import type { CustomResourceDefinition } from '../kinds/types.generated.ts';
import type { Entry, Operation } from '../store/store.ts';

/** The operation, or undefined when nothing is to be done. `now` in ms since the epoch. */
export function planDelete(kind: Kind, live: Entry | undefined, now: number): Operation | undefined {
  if (!live || live.value.metadata?.deletionTimestamp) return undefined;
  const { key, modRevision, value } = withInstances(kind, live, now);
  const graceSeconds = graceOf(kind, value);
  const stays = graceSeconds > 0 || (value.metadata?.finalizers?.length ?? 0) > 0 || hasSpecFinalizers(value);
  if (!stays) return { type: 'delete', key, expect: modRevision };
  const next = cloneJson(value);
  next.metadata = {
    ...next.metadata,
    deletionTimestamp: formatTime(now + graceSeconds * 1000),
    deletionGracePeriodSeconds: graceSeconds,
    ...(kind.hasGeneration ? { generation: (next.metadata?.generation ?? 0) + 1 } : {}),
  };
  if (kind.resource.kind === 'Namespace')
    (next as { status?: object }).status = { ...statusOf(next), phase: 'Terminating' };
  return { type: 'put', key, value: next, expect: modRevision };
}

/** A definition stays until all that there is of it is gone. */
function withInstances(kind: Kind, live: Entry, now: number): Pick<Entry, 'key' | 'modRevision' | 'value'> {
  const { group, plural } = CUSTOM_RESOURCE_DEFINITIONS;
  if (kind.resource.group !== group || kind.resource.plural !== plural) return live;
  const value = cloneJson(live.value) as CustomResourceDefinition;
  holdForInstances(value, now);
  return { key: live.key, modRevision: live.modRevision, value };
}

/** A pod that runs nowhere has nothing to end gracefully (as the API server's pod strategy says). */
function graceOf(kind: Kind, object: Readonly<KubeObject>): number {
  const seconds = kind.gracePeriodSeconds?.(object) ?? 0;
  const { nodeName } = (object as { spec?: { nodeName?: string } }).spec ?? {};
  const { phase } = statusOf(object) as { phase?: string };
  return !nodeName || phase === 'Failed' || phase === 'Succeeded' ? 0 : seconds;
}

function hasSpecFinalizers(object: Readonly<KubeObject>): boolean {
  const { finalizers } = (object as { spec?: { finalizers?: readonly string[] } }).spec ?? {};
  return (finalizers?.length ?? 0) > 0;
}

const statusOf = (object: Readonly<KubeObject>): object => (object as { status?: object }).status ?? {};

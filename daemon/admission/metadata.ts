/**
 * What the server itself sets in `metadata`: on a create uid, time, generation and a generated name; on an update the generation.
 * In place; validation stands in `kinds/common/metadata.ts`.
 */

import { type Clock, formatTime, type Ids } from '../base/clock.ts';
import { canonicalJson, deepEqual } from '../base/json.ts';
import type { KubeObject, ObjectMeta } from '../base/object.ts';
import type { Kind } from '../kinds/kind.ts';

/** `util/names`: a generated name is the prefix, cut to what leaves room, and five characters. */
const NAME_LENGTH_MAX = 63;
const SUFFIX_LENGTH = 5;

/** As `rest.BeforeCreate` and `FillObjectMetaSystemFields`. */
export function fillForCreate(kind: Kind, object: KubeObject, { clock, ids }: { clock: Clock; ids: Ids }): void {
  object.metadata ??= {};
  const meta = object.metadata;
  delete meta.deletionTimestamp;
  delete meta.deletionGracePeriodSeconds;
  delete meta.selfLink;
  delete meta.resourceVersion;
  meta.uid = ids.uid();
  meta.creationTimestamp = formatTime(clock.now());
  if (!meta.name && meta.generateName) meta.name = generateName(meta.generateName, ids);
  if (!meta.name && kind.namesItself) meta.name = ids.uid();
  // Of a kind that counts none, whatever a client says of it is kept, as upstream.
  if (kind.hasGeneration) meta.generation = 1;
}

function generateName(prefix: string, ids: Ids): string {
  return prefix.slice(0, NAME_LENGTH_MAX - SUFFIX_LENGTH) + ids.suffix(SUFFIX_LENGTH);
}

/** Raises the generation when what the object asks for has changed: everything but metadata and status. */
export function bumpGeneration(kind: Kind, object: KubeObject, old: Readonly<KubeObject>): void {
  if (!kind.hasGeneration) return;
  const before = old.metadata?.generation ?? 0;
  const asked = isDesireChanged(kind, object, old);
  object.metadata!.generation = asked ? before + 1 : before;
}

function isDesireChanged(kind: Kind, object: KubeObject, old: Readonly<KubeObject>): boolean {
  const names = new Set([...Object.keys(object), ...Object.keys(old)]);
  for (const own of ['apiVersion', 'kind', 'metadata', 'status']) names.delete(own);
  // A custom kind without a status of its own keeps one like any other field.
  if (kind.schema && !kind.hasStatus && ('status' in object || 'status' in old)) names.add('status');
  const read = (from: Readonly<KubeObject>, name: string) => (from as Record<string, unknown>)[name];
  if ([...names].some((name) => !deepEqual(read(object, name), read(old, name)))) return true;
  // A Deployment's annotations are copied to its ReplicaSets, so its controller must observe them too.
  if (kind.resource.group !== 'apps' || kind.resource.plural !== 'deployments') return false;
  return !deepEqual(object.metadata?.annotations ?? {}, old.metadata?.annotations ?? {});
}

/** Removes owners that stand there twice; returns the warning that says so, if any. */
export function dropDuplicateOwners(meta: ObjectMeta): string | undefined {
  const owners = meta.ownerReferences;
  if (!owners || owners.length < 2) return undefined;
  const seen = new Set<string>();
  const repeated: string[] = [];
  const kept = owners.filter((owner) => {
    const text = canonicalJson(owner);
    const isRepeated = seen.has(text);
    seen.add(text);
    if (isRepeated) repeated.push(owner.uid);
    return !isRepeated;
  });
  if (repeated.length === 0) return undefined;
  meta.ownerReferences = kept;
  return `.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${repeated.join(', ')}`;
}

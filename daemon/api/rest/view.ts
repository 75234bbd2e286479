/**
 * Stored objects as their kind shows them, with their bytes. Reads that need no conversion cost nothing; bytes of converted objects are made
 * once and kept as long as they are. How versions become each other: `kinds/conversion.ts`.
 */

import type { KubeObject } from '../../base/object.ts';
import { shown } from '../../kinds/conversion.ts';
import type { Kind } from '../../kinds/kind.ts';
import { apiVersionOf } from '../../kinds/resource.ts';
import type { ReadEntry } from './requests.ts';

/** How a stored object begins. */
const TYPE_FIRST = ['apiVersion', 'kind', 'metadata'];

const encoded = new WeakMap<KubeObject, ReadEntry>();

/** A stored entry as its kind shows it; the entry itself when that is how it is kept. Throws ConversionNeeded. */
export function readEntry(kind: Kind, entry: ReadEntry): ReadEntry {
  if (!kind.conversion) return entry;
  const object = shown(kind, entry.value);
  if (object === entry.value) return entry;
  const known = encoded.get(object) ?? encodedEntry(object);
  encoded.set(object, known);
  return known;
}

/** An entry for an object that is not in the store (a dry run's outcome, a Scale): its bytes are made when they are asked for. */
export function encodedEntry(value: KubeObject): ReadEntry {
  let bytes: Buffer | undefined;
  return {
    value,
    get json() {
      bytes ??= Buffer.from(JSON.stringify(value));
      return bytes;
    },
  };
}

/** The object with `apiVersion` and `kind` set and standing first, as every stored object has them: itself when they do. */
export function withType({ resource }: Kind, object: KubeObject): KubeObject {
  const type = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  if (isTyped(object, type)) return object;
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object;
  return { ...type, metadata: metadata ?? {}, ...rest };
}

function isTyped(object: KubeObject, { apiVersion, kind }: { apiVersion: string; kind: string }): boolean {
  if (object.apiVersion !== apiVersion || object.kind !== kind || !object.metadata || Object.isFrozen(object))
    return false;
  let position = 0;
  for (const name in object) {
    if (name !== TYPE_FIRST[position]) return false;
    if (++position === TYPE_FIRST.length) return true;
  }
  return false;
}

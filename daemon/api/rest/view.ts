/**
 * The shape in which a kind's objects are kept, where it is not the kind's own. Every read and write goes through here.
 * Reads that need no conversion cost nothing; converted objects and their bytes are made once and kept as long as their original.
 */

import { deepFreeze } from '../../base/json.ts';
import type { KubeObject } from '../../base/object.ts';
import type { Kind } from '../../kinds/kind.ts';
import { apiVersionOf } from '../../kinds/resource.ts';
import { toCoreEvent, toEventsGroup } from './event-view.ts';
import type { ReadEntry } from './requests.ts';

interface View {
  read(stored: Readonly<KubeObject>): KubeObject;
  write(object: Readonly<KubeObject>): KubeObject;
}

const EVENTS_VIEW: View = { read: toEventsGroup, write: toCoreEvent };

function viewOf(kind: Kind): View | undefined {
  const { group, plural } = kind.resource;
  return group === 'events.k8s.io' && plural === 'events' ? EVENTS_VIEW : undefined;
}

const converted = new WeakMap<KubeObject, ReadEntry>();

/** A stored entry as its kind shows it; the entry itself when that is how it is kept. */
export function readEntry(kind: Kind, entry: ReadEntry): ReadEntry {
  const view = viewOf(kind);
  if (!view) return entry;
  const known = converted.get(entry.value);
  if (known) return known;
  const made = encodedEntry(deepFreeze(view.read(entry.value)));
  converted.set(entry.value, made);
  return made;
}

/** The object alone, as its kind shows it. */
export function readObject(kind: Kind, stored: KubeObject): KubeObject {
  const view = viewOf(kind);
  return view ? view.read(stored) : stored;
}

/** An object of the kind as it is kept. */
export function toStored(kind: Kind, object: KubeObject): KubeObject {
  return viewOf(kind)?.write(object) ?? object;
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

/** The object with `apiVersion` and `kind` set and standing first, as every stored object has them. */
export function withType(kind: Kind, object: KubeObject): KubeObject {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object;
  return { apiVersion: apiVersionOf(kind.resource), kind: kind.resource.kind, metadata: metadata ?? {}, ...rest };
}

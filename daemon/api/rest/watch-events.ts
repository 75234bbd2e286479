/**
 * From the store's changes to the events of one watch. What does not depend on the watcher is made once a change, however many watch.
 *
 * A change of an object that begins to match the selection is ADDED, one that ceases to match is DELETED with the object's last matching state
 * (under the change's resourceVersion), as the API server's watch cache does.
 */

import { deepFreeze } from '../../base/json.ts';
import type { KubeObject } from '../../base/object.ts';
import { requireShown, shown } from '../../kinds/conversion.ts';
import type { Kind } from '../../kinds/kind.ts';
import { apiVersionOf } from '../../kinds/resource.ts';
import type { StoreEvent } from '../../store/store.ts';
import type { ReadEntry, RestEvent } from './requests.ts';
import type { Selection } from './selection.ts';
import { encodedEntry, readEntry } from './view.ts';

/**
 * Shared while they are being sent, and no longer: the store keeps its newest changes for long, and what is made of them (encoded lines, above
 * all) must not live as long.
 */
type Shared = WeakMap<StoreEvent, WeakRef<RestEvent>>;

/** The events of one change for a watch without selectors. */
const plainEvents: Shared = new WeakMap();
const plainBatches = new WeakMap<readonly StoreEvent[], readonly RestEvent[]>();
/** The DELETED of a change that ends a match, and the ADDED of one that begins a match. */
const leavingEvents: Shared = new WeakMap();
const enteringEvents: Shared = new WeakMap();

class EncodedEvent implements RestEvent {
  readonly type: RestEvent['type'];
  readonly #entry: ReadEntry;

  constructor(type: RestEvent['type'], entry: ReadEntry) {
    this.type = type;
    this.#entry = entry;
  }

  get object(): KubeObject {
    return this.#entry.value;
  }

  json(): Buffer {
    return this.#entry.json;
  }
}

/** A change of the store as it is: its bytes are the store's own. */
class StoredEvent implements RestEvent {
  readonly type: RestEvent['type'];
  readonly #event: StoreEvent;

  constructor(type: RestEvent['type'], event: StoreEvent) {
    this.type = type;
    this.#event = event;
  }

  get object(): KubeObject {
    return this.#event.value;
  }

  json(): Buffer {
    return this.#event.json();
  }
}

/** The events that a watch of this kind and selection gets for the changes of one commit. */
export function selectEvents(kind: Kind, selection: Selection, batch: readonly StoreEvent[]): readonly RestEvent[] {
  const isConverted = kind.conversion !== undefined;
  if (isConverted)
    requireShown(
      kind,
      batch.flatMap(({ value, previous }) => [value, ...(previous ? [previous.value] : [])]),
    );
  if (!isConverted && !selection.matches) return shareBatch(batch);
  const selected: RestEvent[] = [];
  for (const event of batch) {
    const one = isConverted ? convertedEvent(kind, selection, event) : matchingEvent(selection, event);
    if (one) selected.push(one);
  }
  return selected;
}

function shareBatch(batch: readonly StoreEvent[]): readonly RestEvent[] {
  const known = plainBatches.get(batch);
  if (known) return known;
  const made = batch.map(plainEvent);
  plainBatches.set(batch, made);
  return made;
}

function plainEvent(event: StoreEvent): RestEvent {
  return share(plainEvents, event, () => {
    const type = event.type === 'delete' ? 'DELETED' : event.previous ? 'MODIFIED' : 'ADDED';
    return new StoredEvent(type, event);
  });
}

function matchingEvent({ matches }: Selection, event: StoreEvent): RestEvent | undefined {
  if (!matches) return plainEvent(event);
  const before = event.previous !== undefined && matches(event.previous.value);
  const after = event.type === 'put' && matches(event.value);
  if (after) return before ? plainEvent(event) : share(enteringEvents, event, () => new StoredEvent('ADDED', event));
  if (!before) return undefined;
  return event.type === 'delete' ? plainEvent(event) : share(leavingEvents, event, () => leaving(event));
}

function leaving(event: StoreEvent): RestEvent {
  const last = event.previous!.value;
  const metadata = { ...last.metadata, resourceVersion: String(event.revision) };
  return new EncodedEvent('DELETED', encodedEntry(deepFreeze({ ...last, metadata })));
}

/** For a kind that is kept in another version: the selection speaks of the shown object. */
function convertedEvent(kind: Kind, selection: Selection, event: StoreEvent): RestEvent | undefined {
  const show = (value: KubeObject): ReadEntry => readEntry(kind, encodedEntry(value));
  const asOf = ({ value }: ReadEntry): RestEvent => {
    const metadata = { ...value.metadata, resourceVersion: String(event.revision) };
    return new EncodedEvent('DELETED', encodedEntry(deepFreeze({ ...value, metadata })));
  };
  const matches = (value: KubeObject | undefined): boolean =>
    value !== undefined && (selection.matches?.(show(value).value) ?? true);
  const before = matches(event.previous?.value);
  const after = event.type === 'put' && matches(event.value);
  // What is shown as it is kept has the store's own bytes, encoded once.
  const isAsKept = shown(kind, event.value) === event.value;
  if (after && isAsKept)
    return before ? plainEvent(event) : share(enteringEvents, event, () => new StoredEvent('ADDED', event));
  if (after) return new EncodedEvent(before ? 'MODIFIED' : 'ADDED', show(event.value));
  if (!before) return undefined;
  if (event.type === 'delete' && isAsKept) return plainEvent(event);
  return event.type === 'delete' ? new EncodedEvent('DELETED', show(event.value)) : asOf(show(event.previous!.value));
}

function share(made: Shared, event: StoreEvent, make: () => RestEvent): RestEvent {
  const known = made.get(event)?.deref();
  if (known) return known;
  const one = make();
  made.set(event, new WeakRef(one));
  return one;
}

/** The present state, as a watch without a start revision begins. */
export function addedEvent(entry: ReadEntry): RestEvent {
  return new EncodedEvent('ADDED', entry);
}

/** Says how far the watch has come. `initialEventsEnd`: the state that was asked for has been sent (KEP-3157). */
export function bookmarkEvent(kind: Kind, revision: number, initialEventsEnd: boolean): RestEvent {
  const metadata: Record<string, unknown> = { resourceVersion: String(revision), creationTimestamp: null };
  if (initialEventsEnd) metadata.annotations = { 'k8s.io/initial-events-end': 'true' };
  const object = { kind: kind.resource.kind, apiVersion: apiVersionOf(kind.resource), metadata };
  return new EncodedEvent('BOOKMARK', encodedEntry(deepFreeze(object as KubeObject)));
}

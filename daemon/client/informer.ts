/**
 * A local, always-current copy of a selection of objects, fed by list + watch and resumed after any loss.
 *
 * Invariants: handlers see every key's changes in revision order; after a gap (410, lost connection) the copy is replaced atomically by a fresh
 * list and handlers see the difference; `list()` never shows half of a published commit.
 * It never writes. Contract only; the implementation is `startInformer` in `client/start-informer.ts`.
 */

import type { KubeObject, ObjectKey } from '../base/object.ts';

/** `before` is undefined for an addition, `after` for a deletion. */
export type InformerHandler<T> = (change: { before: T | undefined; after: T | undefined; key: string }) => void;

export interface Informer<T extends KubeObject> {
  get(key: ObjectKey): T | undefined;
  /** Every object held, in no defined order. */
  list(): readonly T[];
  /** Objects of one namespace, by index. */
  inNamespace(namespace: string): readonly T[];
  /** Objects that `index` maps to `value`; indexes are declared when the informer is started. */
  by(index: string, value: string): readonly T[];
  /** Resolves when the first list is in. */
  synced(): Promise<void>;
  /** Called for every change from now on (and, if already synced, for every present object at once). */
  onChange(handler: InformerHandler<T>): void;
  /** The revision up to which the copy is current. */
  revision(): string;
  stop(): void;
}

/**
 * Who owns whom: every collectable object by uid, and each one's dependents. Fed by informers; decides nothing, writes nothing.
 */

import { type KubeObject, keyOf, type OwnerReference } from '../../base/object.ts';
import type { Informer } from '../../client/informer.ts';
import type { Resource } from '../../kinds/resource.ts';

export interface GraphNode {
  resource: Resource;
  object: KubeObject;
}

export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>();
  /** Owner's uid → dependents' uids; owners need not be known. */
  readonly #dependents = new Map<string, Set<string>>();
  readonly #wake: (uid: string) => void;

  /** `wake` is called with the uid of everything that a change concerns. */
  constructor(wake: (uid: string) => void) {
    this.#wake = wake;
  }

  find(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  dependentsOf(uid: string): GraphNode[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((dependent) => this.#nodes.get(dependent) ?? []);
  }

  follow(resource: Resource, informer: Informer<KubeObject>): void {
    informer.onChange(({ before, after }) => this.#change(resource, before, after));
  }

  /** The resource is served no more: so are its objects. */
  forget({ group, plural }: Resource): void {
    for (const { resource, object } of [...this.#nodes.values()])
      if (resource.group === group && resource.plural === plural) this.#change(resource, object, undefined);
  }

  #change(resource: Resource, before: KubeObject | undefined, after: KubeObject | undefined): void {
    const uid = (after ?? before)?.metadata?.uid;
    if (uid === undefined) return;
    for (const owner of ownersOf(before)) {
      if (!ownersOf(after).some((kept) => kept.uid === owner.uid)) this.#unlink(owner.uid, uid);
    }
    for (const owner of ownersOf(after)) this.#link(owner.uid, uid);
    if (after) this.#nodes.set(uid, { resource, object: after });
    else this.#nodes.delete(uid);
    if (!concernsOwnership(before, after)) return;
    this.#wake(uid);
    for (const owner of [...ownersOf(before), ...ownersOf(after)]) this.#wake(owner.uid);
    for (const dependent of this.#dependents.get(uid) ?? []) this.#wake(dependent);
  }

  #link(owner: string, dependent: string): void {
    const set = this.#dependents.get(owner) ?? new Set();
    set.add(dependent);
    this.#dependents.set(owner, set);
  }

  #unlink(owner: string, dependent: string): void {
    const set = this.#dependents.get(owner);
    if (set?.delete(dependent) && set.size === 0) this.#dependents.delete(owner);
  }
}

const ownersOf = (object: KubeObject | undefined): readonly OwnerReference[] => object?.metadata?.ownerReferences ?? [];

/** Status changes are the most and never matter here. */
function concernsOwnership(before: KubeObject | undefined, after: KubeObject | undefined): boolean {
  if (!before || !after) return ownersOf(after ?? before).length > 0 || before !== undefined || isTerminating(after);
  if (isTerminating(before) !== isTerminating(after)) return true;
  const relevant = ({ metadata }: KubeObject) => JSON.stringify([metadata?.ownerReferences, metadata?.finalizers]);
  return relevant(before) !== relevant(after);
}

export const isTerminating = (object: KubeObject | undefined): boolean =>
  object?.metadata?.deletionTimestamp !== undefined;

export const namespaceOf = (object: KubeObject): string | undefined => keyOf(object).namespace || undefined;

/**
 * Objects that come with the same write, as admission looks for them: by store key, and of one resource or one of its namespaces. Looking through
 * all of a tree's objects each time would take their number squared.
 */

import type { KubeObject } from '../base/object.ts';
import { type StoredResource, storedResource } from '../base/registry-key.ts';

/** By store key. */
type Objects = ReadonlyMap<string, Readonly<KubeObject>>;

interface OfResource {
  readonly all: Map<string, Readonly<KubeObject>>;
  /** By the namespace that the object itself names. */
  readonly byNamespace: Map<string, Map<string, Readonly<KubeObject>>>;
}

const NONE: Objects = new Map();

export class ComingObjects {
  readonly #all = new Map<string, Readonly<KubeObject>>();
  readonly #byGroup = new Map<string, Map<string, OfResource>>();

  get size(): number {
    return this.#all.size;
  }

  get(storeKey: string): Readonly<KubeObject> | undefined {
    return this.#all.get(storeKey);
  }

  has(storeKey: string): boolean {
    return this.#all.has(storeKey);
  }

  /** An object that is there already keeps its namespace. */
  set(resource: StoredResource, storeKey: string, object: Readonly<KubeObject>): void {
    this.#all.set(storeKey, object);
    const { all, byNamespace } = this.#of(resource);
    all.set(storeKey, object);
    const namespace = object.metadata?.namespace;
    if (!namespace) return;
    const own = byNamespace.get(namespace) ?? new Map<string, Readonly<KubeObject>>();
    byNamespace.set(namespace, own.set(storeKey, object));
  }

  /** In the order in which they came. */
  of(resource: StoredResource, namespace?: string): Objects {
    const { group, plural } = storedResource(resource);
    const known = this.#byGroup.get(group)?.get(plural);
    if (!known) return NONE;
    return namespace ? (known.byNamespace.get(namespace) ?? NONE) : known.all;
  }

  #of(resource: StoredResource): OfResource {
    const { group, plural } = storedResource(resource);
    const ofGroup = this.#byGroup.get(group) ?? new Map<string, OfResource>();
    this.#byGroup.set(group, ofGroup);
    const known = ofGroup.get(plural);
    if (known) return known;
    const made: OfResource = { all: new Map(), byNamespace: new Map() };
    ofGroup.set(plural, made);
    return made;
  }
}

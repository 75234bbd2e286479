/**
 * What a judgement has looked at, so that it need not be made again when only something else has been written since: start-up writes leases, events and
 * accounts all the time, which no commit asks about.
 */

import { registryKey, registryPrefix, type StoredResource } from '../base/registry-key.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../kinds/resources.ts';
import type { AdmissionEnvironment } from './contract.ts';

/** What kinds there are, and what they look like, is looked at by every judgement. */
const ALWAYS: readonly StoredResource[] = [CUSTOM_RESOURCE_DEFINITIONS];
/** The namespace of what is in none, or of a whole resource. */
const NONE = '';

/** Names or namespaces, by the resource as whoever asked had it: asking must cost nothing beside judging. */
type Asked<T> = Map<StoredResource, T>;

export class ReadRecord {
  readonly #objects: Asked<Map<string, Set<string>>> = new Map();
  readonly #lists: Asked<Set<string>> = new Map(ALWAYS.map((resource) => [resource, new Set([NONE])]));
  /** Rights were asked about: who knows what they were worked out from. */
  #isOfAll = false;
  #keys: ReadonlySet<string> | undefined;

  /** The same environment, whose every look at the cluster is noted. */
  follow(environment: AdmissionEnvironment): AdmissionEnvironment {
    const { cluster, authorizer } = environment;
    return {
      ...environment,
      cluster: {
        get: (resource, key) => {
          this.#noteObject(resource, key.namespace ?? NONE, key.name);
          return cluster.get(resource, key);
        },
        list: (resource, namespace) => {
          this.#noteList(resource, namespace ?? NONE);
          return cluster.list(resource, namespace);
        },
      },
      ...(authorizer ? { authorizer: this.#followAuthorizer(authorizer) } : {}),
    };
  }

  /** Whether a write of what stands at this store key could have changed the judgement. */
  isTouchedBy(storeKey: string): boolean {
    if (this.#isOfAll) return true;
    this.#keys ??= this.#storeKeys();
    const inNamespace = storeKey.slice(0, storeKey.lastIndexOf('/') + 1);
    const [, , group, plural] = storeKey.split('/', 4);
    return this.#keys.has(storeKey) || this.#keys.has(inNamespace) || this.#keys.has(`/registry/${group}/${plural}/`);
  }

  #followAuthorizer(authorizer: NonNullable<AdmissionEnvironment['authorizer']>): typeof authorizer {
    return {
      authorize: (user, attributes) => {
        this.#isOfAll = true;
        return authorizer.authorize(user, attributes);
      },
    };
  }

  #noteObject(resource: StoredResource, namespace: string, name: string): void {
    const known = this.#objects.get(resource) ?? new Map<string, Set<string>>();
    this.#objects.set(resource, known);
    const names = known.get(namespace);
    if (names) names.add(name);
    else known.set(namespace, new Set([name]));
    this.#keys = undefined;
  }

  #noteList(resource: StoredResource, namespace: string): void {
    const known = this.#lists.get(resource);
    if (known) known.add(namespace);
    else this.#lists.set(resource, new Set([namespace]));
    this.#keys = undefined;
  }

  /** Keys of objects, and prefixes of lists. */
  #storeKeys(): ReadonlySet<string> {
    const keys = new Set<string>();
    for (const [resource, namespaces] of this.#lists)
      for (const namespace of namespaces) keys.add(registryPrefix(resource, namespace));
    for (const [resource, byNamespace] of this.#objects)
      for (const [namespace, names] of byNamespace)
        for (const name of names) keys.add(registryKey(resource, { namespace, name }));
    return keys;
  }
}

/**
 * A loop's way of writing: the client's verbs, each noted in the loop's expectations under the key it was done for.
 * Resources without an informer here are written untracked. It adds no retries: the loop's queue does that.
 */

import type { JsonObject, KubeObject, ObjectKey } from '../base/object.ts';
import type { Client, DeleteOptions, PatchOptions, UpdateOptions } from '../client/client.ts';
import type { Informer } from '../client/informer.ts';
import type { Resource } from '../kinds/resource.ts';
import type { Expectations } from './expectations.ts';

export class TrackedWrites {
  readonly #client: Client;
  readonly #expectations: Expectations;
  readonly #informers: ReadonlyMap<string, Informer<KubeObject>>;

  /** `informers`: resource → the informer through which the loop observes it. */
  constructor(
    client: Client,
    expectations: Expectations,
    informers: readonly (readonly [Resource, Informer<KubeObject>])[],
  ) {
    this.#client = client;
    this.#expectations = expectations;
    this.#informers = new Map(informers.map(([resource, informer]) => [nameOf(resource), informer]));
  }

  async create<T extends KubeObject>(forKey: string, resource: Resource<T>, object: T): Promise<T> {
    return this.#noted(forKey, resource, await this.#client.create(resource, object));
  }

  async update<T extends KubeObject>(
    forKey: string,
    resource: Resource<T>,
    object: T,
    options?: UpdateOptions,
  ): Promise<T> {
    return this.#noted(forKey, resource, await this.#client.update(resource, object, options));
  }

  async patch<T extends KubeObject>(
    forKey: string,
    resource: Resource<T>,
    key: ObjectKey,
    patch: JsonObject | JsonObject[],
    options: PatchOptions,
  ): Promise<T> {
    return this.#noted(forKey, resource, await this.#client.patch(resource, key, patch, options));
  }

  /** `deleted` is the object as it was observed; its uid is the deletion's precondition unless `options` says otherwise. */
  async delete<T extends KubeObject>(
    forKey: string,
    resource: Resource<T>,
    deleted: T,
    options: DeleteOptions = {},
  ): Promise<void> {
    const { namespace, name = '', uid } = deleted.metadata ?? {};
    await this.#client.delete(resource, { namespace, name }, { preconditions: { uid }, ...options });
    const informer = this.#informers.get(nameOf(resource));
    if (informer) this.#expectations.expectDeletion(forKey, informer, deleted);
  }

  #noted<T extends KubeObject>(forKey: string, resource: Resource<T>, written: T): T {
    const informer = this.#informers.get(nameOf(resource));
    if (informer) this.#expectations.expectWrite(forKey, informer, written);
    return written;
  }
}

const nameOf = (resource: { group: string; plural: string }): string => `${resource.group}/${resource.plural}`;

/**
 * A loop's way of writing: the client's verbs, each noted in the loop's expectations under the key it was done for.
 * Resources without an informer here are written untracked. A write whose answer was lost is looked for. It adds no retries: the loop's queue does that.
 */

import { type JsonObject, type KubeObject, keyOf, type ObjectKey } from '../base/object.ts';
import { compareRevisions } from '../base/revision.ts';
import { isReason, StatusError } from '../base/status.ts';
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

  create<T extends KubeObject>(forKey: string, resource: Resource<T>, object: T): Promise<T> {
    const { namespace } = object.metadata ?? {};
    return this.#noted(forKey, resource, namespace, () => this.#client.create(resource, object));
  }

  update<T extends KubeObject>(forKey: string, resource: Resource<T>, object: T, options?: UpdateOptions): Promise<T> {
    const { namespace } = object.metadata ?? {};
    return this.#noted(forKey, resource, namespace, () => this.#client.update(resource, object, options));
  }

  patch<T extends KubeObject>(
    forKey: string,
    resource: Resource<T>,
    key: ObjectKey,
    patch: JsonObject | JsonObject[],
    options: PatchOptions,
  ): Promise<T> {
    return this.#noted(forKey, resource, key.namespace, () => this.#client.patch(resource, key, patch, options));
  }

  /** `deleted` is the object as it was observed; its uid is the deletion's precondition unless `options` says otherwise. */
  async delete<T extends KubeObject>(
    forKey: string,
    resource: Resource<T>,
    deleted: T,
    options: DeleteOptions = {},
  ): Promise<void> {
    const { uid } = deleted.metadata ?? {};
    const informer = this.#informers.get(nameOf(resource));
    try {
      await this.#client.delete(resource, keyOf(deleted), { preconditions: { uid }, ...options });
    } catch (error) {
      if (informer && isOutcomeUnknown(error)) this.#probeDeletion(forKey, resource, informer, deleted);
      throw error;
    }
    if (informer) this.#expectations.expectDeletion(forKey, informer, deleted);
  }

  async #noted<T extends KubeObject>(
    forKey: string,
    resource: Resource<T>,
    namespace: string | undefined,
    write: () => Promise<T>,
  ): Promise<T> {
    const informer = this.#informers.get(nameOf(resource));
    try {
      const written = await write();
      if (informer) this.#expectations.expectWrite(forKey, informer, written);
      return written;
    } catch (error) {
      if (informer && isOutcomeUnknown(error)) this.#probeWrite(forKey, resource, informer, namespace);
      throw error;
    }
  }

  /** Whatever was written last stands in a list made now: the informer has to come as far. */
  #probeWrite(forKey: string, resource: Resource, informer: Informer<KubeObject>, namespace: string | undefined): void {
    this.#expectations.expectUnknown(forKey, async () => {
      const { items } = await this.#client.list(resource, { namespace });
      const revisions = items.map(({ metadata }) => metadata?.resourceVersion ?? '');
      const latest = revisions.reduce((a, b) => (compareRevisions(a, b) >= 0 ? a : b), '');
      return () => compareRevisions(informer.revision(), latest) >= 0;
    });
  }

  #probeDeletion(forKey: string, resource: Resource, informer: Informer<KubeObject>, deleted: KubeObject): void {
    const { uid } = deleted.metadata ?? {};
    const isGone = (now: KubeObject | undefined): boolean =>
      now?.metadata?.uid !== uid || now?.metadata?.deletionTimestamp !== undefined;
    this.#expectations.expectUnknown(forKey, async () => {
      const now = await this.#client.get(resource, keyOf(deleted)).catch((error: unknown) => {
        if (isReason(error, 'NotFound')) return undefined;
        throw error;
      });
      return isGone(now) ? () => isGone(informer.get(keyOf(deleted))) : () => true;
    });
  }
}

/** A refusal (4xx) did nothing; anything else may have happened although the answer says or got lost. */
function isOutcomeUnknown(error: unknown): boolean {
  return !(error instanceof StatusError) || error.code >= 500;
}

const nameOf = (resource: { group: string; plural: string }): string => `${resource.group}/${resource.plural}`;

/**
 * The client of components in the server's own process: the API's verbs without HTTP and JSON between, authorization included.
 *
 * Objects that come back are the store's own, frozen and shared. Objects that go in are copied first: callers keep theirs.
 */

import { attributesOf, authorizeRequest } from '../api/rest/authorize.ts';
import type { RestContext } from '../api/rest/context.ts';
import { createObject } from '../api/rest/create.ts';
import { deleteObject } from '../api/rest/delete.ts';
import { getObject } from '../api/rest/get.ts';
import { listObjects } from '../api/rest/list.ts';
import { patchObject } from '../api/rest/patch.ts';
import type { Scope, Selectors, Target, WatchParameters, WriteParameters } from '../api/rest/requests.ts';
import { callSubresource } from '../api/rest/subresources.ts';
import { updateObject } from '../api/rest/update.ts';
import type { UserInfo } from '../auth/user.ts';
import { cloneJson } from '../base/json.ts';
import type { JsonObject, KubeObject, ObjectKey } from '../base/object.ts';
import { notFound } from '../base/status.ts';
import { settled } from '../kinds/conversion.ts';
import type { Resource } from '../kinds/resource.ts';
import type {
  Client,
  DeleteOptions,
  ListOptions,
  ListResult,
  PatchOptions,
  UpdateOptions,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from './client.ts';
import { streamWatch } from './in-process-watch.ts';

export interface InProcessOptions {
  /** Who the client's writes belong to when a call does not say: `kube-controller-manager`. */
  fieldManager: string;
}

export function createInProcessClient(context: RestContext, user: UserInfo, options: InProcessOptions): Client {
  return new InProcessClient(context, user, options);
}

class InProcessClient implements Client {
  readonly #context: RestContext;
  readonly #user: UserInfo;
  readonly #fieldManager: string;

  constructor(context: RestContext, user: UserInfo, { fieldManager }: InProcessOptions) {
    this.#context = context;
    this.#user = user;
    this.#fieldManager = fieldManager;
  }

  async get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): Promise<T> {
    const target = this.#target(resource, key, 'get');
    return (await settled(() => getObject(this.#context, target))).value as T;
  }

  async list<T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}): Promise<ListResult<T>> {
    const { namespace, ...parameters } = options;
    const scope = this.#scope(resource, namespace, 'list', parameters);
    const { entries, metadata } = await settled(() => listObjects(this.#context, scope, parameters));
    return { items: entries.map(({ value }) => value as T), metadata };
  }

  watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>> {
    const { namespace, signal, ...parameters } = options;
    const start = (): { scope: Scope; parameters: WatchParameters } => ({
      scope: this.#scope(resource, namespace, 'watch', parameters),
      parameters: {
        ...parameters,
        ...(parameters.sendInitialEvents === undefined ? {} : { resourceVersionMatch: 'NotOlderThan' }),
      },
    });
    return streamWatch(this.#context, start, signal) as AsyncIterable<WatchEvent<T>>;
  }

  async create<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const scope = this.#scope(resource, object.metadata?.namespace, 'create');
    const { entry } = await createObject(this.#context, scope, cloneJson(object), this.#parameters(options));
    return entry.value as T;
  }

  async update<T extends KubeObject>(resource: Resource<T>, object: T, options: UpdateOptions = {}): Promise<T> {
    const { subresource = '' } = options;
    const key = { namespace: object.metadata?.namespace, name: object.metadata?.name ?? '' };
    const target = this.#target(resource, key, 'update', subresource);
    const parameters = { ...this.#parameters(options), subresource };
    const body = cloneJson(object);
    const { entry } =
      subresource === 'scale'
        ? await callSubresource(this.#context, target, subresource, 'update', body, parameters)
        : await updateObject(this.#context, target, body, parameters);
    return entry.value as T;
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: JsonObject | JsonObject[],
    options: PatchOptions,
  ): Promise<T> {
    const { subresource = '', type, force } = options;
    const target = this.#target(resource, key, 'patch', subresource);
    const parameters = { ...this.#parameters(options), subresource, type, force };
    const { entry } =
      subresource === 'scale'
        ? await callSubresource(this.#context, target, subresource, 'patch', patch, parameters)
        : await patchObject(this.#context, target, patch, parameters);
    return entry.value as T;
  }

  async delete<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, options: DeleteOptions = {}): Promise<T> {
    const { object } = await deleteObject(this.#context, this.#target(resource, key, 'delete'), options);
    return object as T;
  }

  async createSubresource(
    resource: Resource,
    key: ObjectKey,
    subresource: string,
    body: KubeObject,
    options: WriteOptions = {},
  ): Promise<KubeObject> {
    const verb = subresource === 'finalize' ? 'update' : 'create';
    const target = this.#target(resource, key, verb, subresource);
    const parameters = { ...this.#parameters(options), subresource };
    const { entry } = await callSubresource(this.#context, target, subresource, verb, cloneJson(body), parameters);
    return entry.value;
  }

  #parameters({ dryRun, fieldManager, fieldValidation }: WriteOptions): WriteParameters {
    return { dryRun, fieldManager: fieldManager ?? this.#fieldManager, fieldValidation };
  }

  /** Throws 403, and 404 for a resource that is not served. */
  #scope(resource: Resource, namespace: string | undefined, verb: string, selectors: Selectors = {}): Scope {
    const { group, version, plural, namespaced } = resource;
    const kind = this.#context.registry.byResource(group, version, plural);
    if (!kind) throw notFound({ group, resource: plural }, '');
    const scope = { kind, user: this.#user, namespace: namespaced ? namespace : undefined };
    authorizeRequest(this.#context, this.#user, attributesOf(scope, verb, '', selectors));
    return scope;
  }

  #target(resource: Resource, key: ObjectKey, verb: string, subresource = ''): Target {
    const { group, version, plural, namespaced } = resource;
    const kind = this.#context.registry.byResource(group, version, plural);
    if (!kind) throw notFound({ group, resource: plural }, key.name);
    const namespace = namespaced ? key.namespace : undefined;
    const target = { kind, user: this.#user, namespace, name: key.name };
    authorizeRequest(this.#context, this.#user, attributesOf(target, verb, subresource));
    return target;
  }
}

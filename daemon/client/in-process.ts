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
import type { Attributes, UserInfo } from '../auth/user.ts';
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

/** Who does what, and with which body. */
export interface OwnWrite {
  user: UserInfo;
  attributes: Attributes;
  body?: unknown;
}

/** What became of a write: the HTTP status code that it would be answered with, and the object. */
export interface Written {
  code: number;
  value: KubeObject;
}

export interface InProcessOptions {
  /** Who the client's writes belong to when a call does not say: `kube-controller-manager`. */
  fieldManager: string;
  /** Does a write and writes down what became of it, as of a request over HTTP. */
  audit?: ((write: OwnWrite, act: () => Promise<Written>) => Promise<Written>) | undefined;
}

export function createInProcessClient(context: RestContext, user: UserInfo, options: InProcessOptions): Client {
  return new InProcessClient(context, user, options);
}

class InProcessClient implements Client {
  readonly #context: RestContext;
  readonly #user: UserInfo;
  readonly #fieldManager: string;
  readonly #audit: NonNullable<InProcessOptions['audit']>;

  constructor(context: RestContext, user: UserInfo, { fieldManager, audit }: InProcessOptions) {
    this.#context = context;
    this.#user = user;
    this.#fieldManager = fieldManager;
    this.#audit = audit ?? ((_write, act) => act());
  }

  async get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): Promise<T> {
    const target = this.#target(resource, key);
    authorizeRequest(this.#context, this.#user, attributesOf(target, 'get'));
    return (await settled(() => getObject(this.#context, target))).value as T;
  }

  async list<T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}): Promise<ListResult<T>> {
    const { namespace, ...parameters } = options;
    const scope = this.#readScope(resource, namespace, 'list', parameters);
    const { entries, metadata } = await settled(() => listObjects(this.#context, scope, parameters));
    return { items: entries.map(({ value }) => value as T), metadata };
  }

  watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>> {
    const { namespace, signal, ...parameters } = options;
    const start = (): { scope: Scope; parameters: WatchParameters } => ({
      scope: this.#readScope(resource, namespace, 'watch', parameters),
      parameters: {
        ...parameters,
        ...(parameters.sendInitialEvents === undefined ? {} : { resourceVersionMatch: 'NotOlderThan' }),
      },
    });
    return streamWatch(this.#context, start, signal) as AsyncIterable<WatchEvent<T>>;
  }

  async create<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const scope = this.#scope(resource, object.metadata?.namespace);
    return this.#write(scope, 'create', '', object, async () => {
      const { entry } = await createObject(this.#context, scope, cloneJson(object), this.#parameters(options));
      return { code: 201, value: entry.value };
    });
  }

  async update<T extends KubeObject>(resource: Resource<T>, object: T, options: UpdateOptions = {}): Promise<T> {
    const { subresource = '' } = options;
    const target = this.#target(resource, {
      namespace: object.metadata?.namespace,
      name: object.metadata?.name ?? '',
    });
    return this.#write(target, 'update', subresource, object, async () => {
      const parameters = { ...this.#parameters(options), subresource };
      const body = cloneJson(object);
      const { entry } =
        subresource === 'scale'
          ? await callSubresource(this.#context, target, subresource, 'update', body, parameters)
          : await updateObject(this.#context, target, body, parameters);
      return { code: 200, value: entry.value };
    });
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: JsonObject | JsonObject[],
    options: PatchOptions,
  ): Promise<T> {
    const { subresource = '', type, force } = options;
    const target = this.#target(resource, key);
    return this.#write(target, 'patch', subresource, patch, async () => {
      const parameters = { ...this.#parameters(options), subresource, type, force };
      const { entry } =
        subresource === 'scale'
          ? await callSubresource(this.#context, target, subresource, 'patch', patch, parameters)
          : await patchObject(this.#context, target, patch, parameters);
      return { code: 200, value: entry.value };
    });
  }

  async delete<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, options: DeleteOptions = {}): Promise<T> {
    const target = this.#target(resource, key);
    return this.#write(target, 'delete', '', options, async () => {
      const { object } = await deleteObject(this.#context, target, options);
      return { code: 200, value: object as KubeObject };
    });
  }

  async createSubresource(
    resource: Resource,
    key: ObjectKey,
    subresource: string,
    body: KubeObject,
    options: WriteOptions = {},
  ): Promise<KubeObject> {
    const verb = subresource === 'finalize' ? 'update' : 'create';
    const target = this.#target(resource, key);
    return this.#write(target, verb, subresource, body, async () => {
      const parameters = { ...this.#parameters(options), subresource };
      const { entry } = await callSubresource(this.#context, target, subresource, verb, cloneJson(body), parameters);
      return { code: verb === 'create' ? 201 : 200, value: entry.value };
    });
  }

  #parameters({ dryRun, fieldManager, fieldValidation }: WriteOptions): WriteParameters {
    return { dryRun, fieldManager: fieldManager ?? this.#fieldManager, fieldValidation };
  }

  /** Throws 404 for a resource that is not served. */
  #scope({ group, version, plural, namespaced }: Resource, namespace: string | undefined, name = ''): Scope {
    const kind = this.#context.registry.byResource(group, version, plural);
    if (!kind) throw notFound({ group, resource: plural }, name);
    return { kind, user: this.#user, namespace: namespaced ? namespace : undefined };
  }

  #target(resource: Resource, { namespace, name }: ObjectKey): Target {
    return { ...this.#scope(resource, namespace, name), name };
  }

  /** Throws 403 too. */
  #readScope(resource: Resource, namespace: string | undefined, verb: string, selectors: Selectors): Scope {
    const scope = this.#scope(resource, namespace);
    authorizeRequest(this.#context, this.#user, attributesOf(scope, verb, '', selectors));
    return scope;
  }

  /** Authorizes and does, both before the eyes of the audit. */
  async #write<T extends KubeObject>(
    scope: Scope | Target,
    verb: string,
    subresource: string,
    body: unknown,
    act: () => Promise<Written>,
  ): Promise<T> {
    const attributes = attributesOf(scope, verb, subresource);
    const authorized = async (): Promise<Written> => {
      authorizeRequest(this.#context, this.#user, attributes, this.#context.annotate);
      return act();
    };
    return (await this.#audit({ user: this.#user, attributes, body }, authorized)).value as T;
  }
}

/**
 * An in-memory API client, good enough for unit tests and the simulation of loops: uids, revisions, conflicts, generation, status
 * subresource, finalizers, graceful pod deletion, deletion propagation's finalizers, bindings. No defaulting, no validation.
 */

import type { Clock, Ids } from '../../daemon/base/clock.ts';
import { formatTime } from '../../daemon/base/clock.ts';
import { cloneJson, deepEqual } from '../../daemon/base/json.ts';
import { formatKey, type JsonObject, type KubeObject, keyOf, type ObjectKey } from '../../daemon/base/object.ts';
import { alreadyExists, badRequest, conflict, notFound, staleObject } from '../../daemon/base/status.ts';
import type {
  Client,
  DeleteOptions,
  ListOptions,
  ListResult,
  PatchOptions,
  UpdateOptions,
  WatchEvent,
  WatchOptions,
} from '../../daemon/client/client.ts';
import type { Resource } from '../../daemon/kinds/resource.ts';
import { FakeStore, nameOf } from './fake-store.ts';

export interface FakeClientOptions {
  clock: Clock;
  ids: Ids;
}

export interface Call {
  verb: 'create' | 'update' | 'patch' | 'delete' | 'bind' | 'get' | 'list';
  resource: string;
  key: string;
}

const gr = (resource: Resource) => ({ group: resource.group, resource: resource.plural });
const DEFAULT_GRACE_SECONDS = 30;

export class FakeClient implements Client {
  readonly store: FakeStore;
  readonly calls: Call[] = [];
  /** Throw here to inject a failure before (`done: false`) or after (`done: true`) a write happened. */
  inject: (call: Call, done: boolean) => void = () => {};
  readonly #clock: Clock;
  readonly #ids: Ids;

  constructor(options: FakeClientOptions) {
    this.#clock = options.clock;
    this.#ids = options.ids;
    this.store = new FakeStore(options.clock);
  }

  async #write<R>(call: Call, act: () => R): Promise<R> {
    this.calls.push(call);
    this.inject(call, false);
    const result = act();
    this.inject(call, true);
    await Promise.resolve();
    return result;
  }

  async get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): Promise<T> {
    return this.#existing(resource, key) as T;
  }

  async list<T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}): Promise<ListResult<T>> {
    this.inject({ verb: 'list', resource: resource.plural, key: '' }, false);
    const items = this.store.list(resource, options) as T[];
    return { items, metadata: { resourceVersion: String(this.store.revision) } };
  }

  watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>> {
    return this.store.watch(resource, options) as AsyncIterable<WatchEvent<T>>;
  }

  create<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T> {
    const metadata = { ...object.metadata };
    if (!metadata.name && metadata.generateName) metadata.name = `${metadata.generateName}${this.#ids.suffix(5)}`;
    const call: Call = { verb: 'create', resource: resource.plural, key: formatKey(keyOf({ metadata })) };
    return this.#write(call, () => {
      if (this.store.get(resource, keyOf({ metadata }))) {
        throw alreadyExists(gr(resource), metadata.name ?? '');
      }
      metadata.uid = this.#ids.uid();
      metadata.creationTimestamp = formatTime(this.#clock.now());
      metadata.generation = 1;
      const created: KubeObject & { status?: unknown } = { ...cloneJson(object), metadata };
      if (resource.plural === 'pods') created.status ??= { phase: 'Pending' };
      if (resource.plural === 'namespaces') {
        const loose = created as JsonObject;
        loose['spec'] ??= { finalizers: ['kubernetes'] };
        loose['status'] ??= { phase: 'Active' };
      }
      return this.store.put(resource, created) as T;
    });
  }

  update<T extends KubeObject>(resource: Resource<T>, object: T, options: UpdateOptions = {}): Promise<T> {
    const key = keyOf(object);
    return this.#write({ verb: 'update', resource: resource.plural, key: formatKey(key) }, () =>
      this.#replace(resource, key, object, options.subresource),
    );
  }

  patch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: JsonObject | JsonObject[],
    options: PatchOptions,
  ): Promise<T> {
    return this.#write({ verb: 'patch', resource: resource.plural, key: formatKey(key) }, () => {
      const live = this.#existing(resource, key);
      if (options.type !== 'merge' || Array.isArray(patch))
        throw badRequest('the fake client knows merge patches only');
      const next = mergePatch(cloneJson(live), patch) as T;
      return this.#replace(resource, key, next, options.subresource);
    });
  }

  delete<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, options: DeleteOptions = {}): Promise<T> {
    return this.#write({ verb: 'delete', resource: resource.plural, key: formatKey(key) }, () =>
      this.#delete(resource, key, options),
    );
  }

  createSubresource(resource: Resource, key: ObjectKey, subresource: string, body: KubeObject): Promise<KubeObject> {
    return this.#write({ verb: 'bind', resource: resource.plural, key: formatKey(key) }, () => {
      if (subresource !== 'binding') throw badRequest(`the fake client knows no subresource ${subresource}`);
      const pod = cloneJson(this.#existing(resource, key)) as JsonObject & KubeObject;
      const spec = pod['spec'] as JsonObject;
      const target = (body as JsonObject)['target'] as { name: string };
      if (spec['nodeName']) {
        throw conflict(
          { group: '', resource: 'pods/binding' },
          key.name,
          `pod ${key.name} is already assigned to node "${spec['nodeName']}"`,
        );
      }
      if (pod.metadata?.deletionTimestamp) {
        throw conflict(
          { group: '', resource: 'pods/binding' },
          key.name,
          `pod ${key.name} is being deleted, cannot be assigned to a host`,
        );
      }
      spec['nodeName'] = target.name;
      return this.store.put(resource, pod);
    });
  }

  #existing(resource: Resource, key: ObjectKey): KubeObject {
    const found = this.store.get(resource, key);
    if (!found) throw notFound(gr(resource), key.name);
    return found;
  }

  #replace<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, object: T, subresource?: string): T {
    const live = this.#existing(resource, key) as T & JsonObject;
    const { resourceVersion, uid } = object.metadata ?? {};
    if (resourceVersion && resourceVersion !== live.metadata?.resourceVersion)
      throw staleObject(gr(resource), key.name);
    if (uid && uid !== live.metadata?.uid)
      throw conflict(gr(resource), key.name, 'Precondition failed: UID in precondition');
    const source = cloneJson(object) as T & JsonObject;
    let next: T & JsonObject;
    if (subresource === 'status') {
      // Annotations go with the status, as the API server has it for most kinds.
      const kept = cloneJson(live);
      const { annotations } = source.metadata ?? {};
      const metadata = { ...kept.metadata, annotations };
      if (!annotations) delete metadata.annotations;
      next = { ...(kept as object), metadata, status: source['status'] } as unknown as T & JsonObject;
    } else {
      const kept = HAS_STATUS.has(resource.plural) ? { status: live['status'] } : {};
      next = { ...source, ...kept } as T & JsonObject;
      next.metadata = { ...source.metadata, ...fixedMetadata(live) };
      if (!deepEqual(live['spec'], next['spec'])) next.metadata.generation = (live.metadata?.generation ?? 0) + 1;
    }
    if (deepEqual(withoutRevision(live), withoutRevision(next))) return live;
    if (next.metadata?.deletionTimestamp && isFinished(next) && resource.plural !== 'pods') {
      this.store.remove(resource, key);
      return next;
    }
    return this.store.put(resource, next) as T;
  }

  #delete<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, options: DeleteOptions): T {
    const live = cloneJson(this.#existing(resource, key)) as T & JsonObject;
    const { uid, resourceVersion } = options.preconditions ?? {};
    if (uid && uid !== live.metadata?.uid)
      throw conflict(gr(resource), key.name, 'Precondition failed: UID in precondition');
    if (resourceVersion && resourceVersion !== live.metadata?.resourceVersion)
      throw conflict(gr(resource), key.name, 'Precondition failed: ResourceVersion in precondition');
    const metadata = live.metadata!;
    const finalizers = new Set(metadata.finalizers ?? []);
    if (options.propagationPolicy === 'Foreground') finalizers.add('foregroundDeletion');
    if (options.propagationPolicy === 'Orphan') finalizers.add('orphan');
    metadata.finalizers = [...finalizers];
    const grace = resource.plural === 'pods' ? podGrace(live, options) : 0;
    if (grace === 0 && isFinished(live)) {
      this.store.remove(resource, key);
      return live;
    }
    if (metadata.deletionTimestamp && metadata.deletionGracePeriodSeconds! <= grace) return live;
    metadata.deletionTimestamp ??= formatTime(this.#clock.now() + grace * 1_000);
    metadata.deletionGracePeriodSeconds = grace;
    if (resource.plural === 'namespaces')
      (live as JsonObject)['status'] = { ...(live['status'] as object), phase: 'Terminating' };
    return this.store.put(resource, live) as T;
  }

  /** Test helper: every object of a resource. */
  all<T extends KubeObject>(resource: Resource<T>): T[] {
    return [...this.store.of(nameOf(resource)).values()] as T[];
  }
}

const HAS_STATUS = new Set(['pods', 'deployments', 'replicasets', 'namespaces', 'nodes', 'services']);

function podGrace(pod: JsonObject & KubeObject, options: DeleteOptions): number {
  const spec = (pod['spec'] ?? {}) as { nodeName?: string; terminationGracePeriodSeconds?: number };
  const phase = (pod['status'] as { phase?: string } | undefined)?.phase;
  if (!spec.nodeName || phase === 'Succeeded' || phase === 'Failed') return 0;
  return options.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
}

const isFinished = (object: KubeObject): boolean => {
  const specFinalizers = ((object as JsonObject)['spec'] as { finalizers?: string[] } | undefined)?.finalizers ?? [];
  return (object.metadata?.finalizers ?? []).length === 0 && specFinalizers.length === 0;
};

const fixedMetadata = (live: KubeObject) => {
  const { uid, creationTimestamp, generation, deletionTimestamp, deletionGracePeriodSeconds } = live.metadata ?? {};
  return { uid, creationTimestamp, generation, deletionTimestamp, deletionGracePeriodSeconds };
};

const withoutRevision = (object: KubeObject): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: undefined },
});

function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base = (typeof target === 'object' && target !== null && !Array.isArray(target) ? target : {}) as JsonObject;
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete base[key];
    else if (value !== undefined) base[key] = mergePatch(base[key], value);
  }
  return base;
}

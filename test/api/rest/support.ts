/** The REST verbs over a memory store, with real kinds and schemas: what their tests start. */

import { createAdmissionEnvironment } from '../../../daemon/admission/environment.ts';
import type { RestContext } from '../../../daemon/api/rest/context.ts';
import { createObject } from '../../../daemon/api/rest/create.ts';
import type { Scope, Target, WatchParameters, WriteParameters } from '../../../daemon/api/rest/requests.ts';
import { createRuntimePersistence } from '../../../daemon/api/rest/runtime-persistence.ts';
import { startWatch } from '../../../daemon/api/rest/watch.ts';
import type { UserInfo } from '../../../daemon/auth/user.ts';
import { silentLogger } from '../../../daemon/base/log.ts';
import type { KubeObject } from '../../../daemon/base/object.ts';
import { type Status, StatusError } from '../../../daemon/base/status.ts';
import { createTurnQueue } from '../../../daemon/base/turn.ts';
import type { Kind } from '../../../daemon/kinds/kind.ts';
import { createKindRegistry } from '../../../daemon/kinds/registry.ts';
import type { Resource } from '../../../daemon/kinds/resource.ts';
import { NAMESPACES, SERVICE_ACCOUNTS } from '../../../daemon/kinds/resources.ts';
import { loadSchemas } from '../../../daemon/schema/load.ts';
import { createStore } from '../../../daemon/store/create-store.ts';
import { createMemoryLog } from '../../../daemon/store/memory-log.ts';
import type { Store } from '../../../daemon/store/store.ts';
import { SimClock, seededIds, seededRandom } from '../../support/sim-clock.ts';

const ADMIN: UserInfo = { username: 'admin', groups: ['system:masters'] };

const schemas = loadSchemas();

export interface Rest {
  context: RestContext;
  store: Store;
  clock: SimClock;
  kind(resource: Resource): Kind;
  scope(resource: Resource, namespace?: string): Scope;
  target(resource: Resource, name: string, namespace?: string): Target;
  /** Creates it; the namespace `default` is meant for namespaced kinds that name none. */
  create<T extends KubeObject>(resource: Resource<T>, object: T, parameters?: WriteParameters): Promise<T>;
  /** Starts a watch and collects what it sends as `TYPE name`. */
  watch(resource: Resource, parameters?: WatchParameters, namespace?: string): Watched;
}

export interface Watched {
  lines: string[];
  objects: KubeObject[];
  ended: Error | true | undefined;
  stop(): void;
}

export interface RestOptions {
  /** Replaces parts of the context. */
  context?: Partial<RestContext>;
  seed?: number;
}

/** With the namespace `default` and its service account. */
export async function createRest(options: RestOptions = {}): Promise<Rest> {
  const clock = new SimClock();
  const random = seededRandom(options.seed ?? 1);
  const ids = seededIds(random);
  const store = await createStore(createMemoryLog());
  const registry = createKindRegistry();
  const admission = createAdmissionEnvironment({
    store,
    registry,
    schemas,
    clock,
    ids,
    random,
    serviceCidr: '10.96.0.0/24',
  });
  const context: RestContext = {
    store,
    registry,
    schemas,
    persistence: createRuntimePersistence(store),
    clock,
    ids,
    random,
    log: silentLogger,
    authorizer: { authorize: () => ({ allowed: true, reason: '' }) },
    tokens: {
      issue: ({ expirationSeconds }) =>
        Promise.resolve({
          token: 'signed',
          credentialId: 'JTI=1',
          expiresMs: clock.now() + expirationSeconds * 1000,
        }),
    },
    reviewer: { review: (_kind, object) => Promise.resolve({ ...object, status: { allowed: true } } as KubeObject) },
    grants: { check() {} },
    turns: createTurnQueue(),
    admission,
    ...options.context,
  };
  const rest = bind(context, store, clock);
  await rest.create(NAMESPACES, { metadata: { name: 'default' } });
  await rest.create(SERVICE_ACCOUNTS, { metadata: { name: 'default' } });
  return rest;
}

function bind(context: RestContext, store: Store, clock: SimClock): Rest {
  const kind = ({ group, version, plural }: Resource): Kind => context.registry.byResource(group, version, plural)!;
  const scope = (resource: Resource, namespace = 'default'): Scope => ({
    kind: kind(resource),
    user: ADMIN,
    namespace: resource.namespaced ? namespace : undefined,
    userAgent: 'tester/1.0',
  });
  return {
    context,
    store,
    clock,
    kind,
    scope,
    target: (resource, name, namespace) => ({ ...scope(resource, namespace), name }),
    async create(resource, object, parameters) {
      const body = structuredClone(object);
      const { entry } = await createObject(context, scope(resource, object.metadata?.namespace), body, parameters);
      return entry.value as never;
    },
    watch(resource, parameters = {}, namespace) {
      const watched: Watched = { lines: [], objects: [], ended: undefined, stop: () => {} };
      watched.stop = startWatch(context, scope(resource, namespace), parameters, {
        events(batch) {
          for (const { type, object, json } of batch.map((event) => ({
            type: event.type,
            object: event.object,
            json: event.json(),
          }))) {
            watched.lines.push(`${type} ${object.metadata?.name ?? ''}`.trim());
            watched.objects.push(JSON.parse(json.toString('utf8')) as KubeObject);
          }
        },
        end: (error) => {
          watched.ended = error ?? true;
        },
      });
      return watched;
    },
  };
}

/** The Status that a call is refused with. */
export async function refusalOf(call: Promise<unknown> | (() => unknown)): Promise<Status> {
  try {
    await (typeof call === 'function' ? call() : call);
  } catch (error) {
    if (error instanceof StatusError) return error.status;
    throw error;
  }
  throw new Error('expected the call to be refused');
}

/** API writes as the REST verbs would plan them, without the verbs. */

import { admitObject } from '../../../daemon/admission/admit-object.ts';
import type { PlannedWrite } from '../../../daemon/api/rest/persist.ts';
import type { UserInfo } from '../../../daemon/auth/user.ts';
import { systemClock } from '../../../daemon/base/clock.ts';
import { cloneJson } from '../../../daemon/base/json.ts';
import type { JsonObject, KubeObject } from '../../../daemon/base/object.ts';
import { registryKey } from '../../../daemon/base/registry-key.ts';
import { recordUpdate } from '../../../daemon/merge/managed-fields.ts';
import type { CommitResult, Entry } from '../../../daemon/store/store.ts';
import { admissionPort, registry, schemas, type World } from './world.ts';

export const ALICE: UserInfo = { username: 'alice', groups: ['system:authenticated'] };
export const CONTROLLER: UserInfo = { username: 'system:serviceaccount:kube-system:deployment-controller', groups: [] };

export interface WriteMore {
  user?: UserInfo;
  manager?: string;
  subresource?: string;
  generated?: boolean;
  warn?(text: string): void;
  /** What is changed, when it is not what can be read. */
  live?: Entry;
}

/** As much of a world as writes need. */
export type Writable = Pick<World, 'store' | 'git'>;

function persist(world: Writable, write: PlannedWrite): Promise<CommitResult> {
  return world.git.persistence({ write: ({ operations }) => world.store.commit(operations) }).write(write);
}

const withManagers = (live: KubeObject | undefined, next: KubeObject, manager: string, subresource = ''): void => {
  next.metadata!.managedFields = recordUpdate({
    live: live as JsonObject | undefined,
    next: next as JsonObject,
    manager,
    now: systemClock.now(),
    schemas,
    subresource,
  });
};

/** POST. */
export async function create(world: Writable, object: KubeObject, more: WriteMore = {}): Promise<CommitResult> {
  const { user = ALICE, manager = 'kubectl-create' } = more;
  const [group, version] = object.apiVersion!.includes('/') ? object.apiVersion!.split('/') : ['', object.apiVersion];
  const kind = registry.byKind(group!, version!, object.kind!)!;
  const namespace = kind.resource.namespaced ? (object.metadata!.namespace ?? 'default') : undefined;
  object.metadata = { ...object.metadata, ...(namespace ? { namespace } : {}) };
  const { environment } = admissionPort(world.store);
  const { object: next, error } = admitObject(environment, {
    kind,
    operation: 'create',
    subresource: '',
    user,
    namespace,
    name: undefined,
    object: cloneJson(object) as JsonObject,
    fieldValidation: 'Strict',
    recordManagers: (one) => withManagers(undefined, one, manager),
  });
  if (error) throw error;
  const key = registryKey(kind.resource, { namespace, name: next.metadata!.name! });
  return persist(world, {
    kind,
    user,
    verb: 'create',
    subresource: '',
    fieldManager: manager,
    generated: more.generated ?? false,
    key,
    old: undefined,
    next,
    operations: [{ type: 'put', key, value: next, expect: 0 }],
    ...(more.warn ? { warn: more.warn } : {}),
  });
}

/** GET, change, PUT. */
export async function change(
  world: World,
  key: string,
  mutate: (object: JsonObject & KubeObject) => void,
  more: WriteMore = {},
): Promise<CommitResult> {
  const { user = ALICE, manager = 'kubectl-edit', subresource = '' } = more;
  const entry = more.live ?? world.store.get(key)!;
  const next = cloneJson(entry.value) as JsonObject & KubeObject;
  mutate(next);
  const { group, version, plural } = partsOf(key);
  const kind = registry.byResource(group, version, plural)!;
  if (kind.hasGeneration) next.metadata!.generation = (entry.value.metadata?.generation ?? 0) + 1;
  withManagers(entry.value, next, manager, subresource);
  return persist(world, {
    kind,
    user,
    verb: 'update',
    subresource,
    fieldManager: manager,
    generated: false,
    key,
    old: entry.value,
    next,
    operations: [{ type: 'put', key, value: next, expect: entry.modRevision }],
    ...(more.warn ? { warn: more.warn } : {}),
  });
}

/** DELETE. */
export async function remove(world: World, key: string, more: WriteMore = {}): Promise<CommitResult> {
  const entry = world.store.get(key)!;
  const { group, version, plural } = partsOf(key);
  return persist(world, {
    kind: registry.byResource(group, version, plural)!,
    user: more.user ?? ALICE,
    verb: 'delete',
    subresource: '',
    fieldManager: '',
    generated: false,
    key,
    old: entry.value,
    next: undefined,
    operations: [{ type: 'delete', key, expect: entry.modRevision }],
  });
}

function partsOf(key: string): { group: string; version: string; plural: string } {
  const [, , group = '', plural = ''] = key.split('/');
  return { group: group === 'core' ? '' : group, version: 'v1', plural };
}

/**
 * What the store would have held of an object, as far as a commit can say: its manifest defaulted by admission's own functions. Who it is (uid, age)
 * and what it was given (a Service's addresses) comes from the caller; what only the running cluster knows (status, generations) is left out. Pure but for the view that it is given.
 */

import { ComingObjects } from '../../admission/coming-objects.ts';
import type { AdmissionEnvironment, ClusterView } from '../../admission/contract.ts';
import { listWith } from '../../admission/tree-view.ts';
import { formatTime } from '../../base/clock.ts';
import { cloneJson, deepFreeze } from '../../base/json.ts';
import type { JsonObject, KubeObject } from '../../base/object.ts';
import { registryKey } from '../../base/registry-key.ts';
import { GIT_MANAGER } from '../../kinds/common/git-ownership.ts';
import { apiVersionOf } from '../../kinds/resource.ts';
import { NAMESPACES, SERVICE_ACCOUNTS } from '../../kinds/resources.ts';
import type { DesiredObject, DesiredState } from '../desired-state.ts';
import { type Allocation, withAllocation } from '../ledger/allocations.ts';
import { type AdmissionPort, HOST_ADMINISTRATOR } from '../ports.ts';

export interface Identity {
  readonly uid: string;
  /** RFC 3339. */
  readonly creationTimestamp: string;
}

/** What of it no manifest says. */
export interface Given {
  readonly identity?: Identity | undefined;
  readonly allocation?: Allocation | undefined;
}

export interface PastView {
  readonly environment: AdmissionEnvironment;
  readonly admitManifest: AdmissionPort['admitManifest'];
  /** Of the commit that says it. */
  readonly revision: number | undefined;
}

/** Admission as it is now, over the cluster as the commit describes it, at the commit's time. It hands out no addresses. */
export function pastEnvironment(
  environment: AdmissionEnvironment,
  state: DesiredState,
  timeMs: number | undefined,
): AdmissionEnvironment {
  let objects: ComingObjects | undefined;
  const said = (): ComingObjects => {
    if (objects) return objects;
    objects = new ComingObjects();
    for (const [key, { names, document }] of state.objects)
      objects.set(names.kind.resource, key, document.object as KubeObject);
    return objects;
  };
  const cluster: ClusterView = {
    get(resource, key) {
      const manifest = state.objects.get(registryKey(resource, key))?.document.object;
      if (manifest) return manifest as KubeObject;
      const isOf = (other: { group: string; plural: string }) =>
        resource.group === other.group && resource.plural === other.plural;
      // What a manifest of the past stood in existed then: it was admitted.
      if (isOf(NAMESPACES)) return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: key.name } };
      if (isOf(SERVICE_ACCOUNTS)) return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...key } };
      return environment.cluster.get(resource, key);
    },
    list: (resource, namespace) =>
      listWith(resource, environment.cluster.list(resource, namespace), said(), { namespace }),
  };
  const clock = timeMs === undefined ? environment.clock : { ...environment.clock, now: () => timeMs };
  return { ...environment, services: undefined, clock, cluster };
}

export function asStored(
  { environment, admitManifest, revision }: PastView,
  { names, document }: DesiredObject,
  { identity, allocation }: Given,
): KubeObject {
  const { kind, key } = names;
  const { object, error, reservation } = admitManifest(environment, {
    object: document.object,
    live: undefined,
    user: HOST_ADMINISTRATOR,
    manager: GIT_MANAGER,
  });
  reservation.rollback();
  // It was admitted once; rules that came later do not take it away.
  const made = error ? defaulted(names, document.object) : object;
  const { uid: _uid, creationTimestamp: _created, generation: _generation, ...metadata } = made.metadata ?? {};
  const {
    apiVersion: _version,
    kind: _kind,
    metadata: _metadata,
    status,
    ...rest
  } = made as KubeObject & { status?: unknown };
  const past: KubeObject = {
    apiVersion: apiVersionOf(kind.resource),
    kind: kind.resource.kind,
    metadata: {
      ...metadata,
      ...key,
      ...identity,
      ...(revision === undefined ? {} : { resourceVersion: String(revision) }),
    },
    ...rest,
    ...(kind.hasStatus || status === undefined ? {} : { status }),
  } as KubeObject;
  return deepFreeze(allocation ? withAllocation(past, allocation) : past);
}

function defaulted({ kind }: DesiredObject['names'], manifest: Readonly<JsonObject>): KubeObject {
  const object = cloneJson(manifest) as KubeObject;
  kind.setDefaults(object);
  return object;
}

export function identityOf(uid: string, createdMs: number): Identity {
  return { uid, creationTimestamp: formatTime(createdMs) };
}

/**
 * From what a commit changes to the operations of one publication: each changed manifest a forced server-side apply by `reflet-git`, each removed
 * one a deletion, namespaces first. It writes nothing; what Services were given is held until the caller ends the reservations.
 *
 * Every operation carries the revision that it was planned on, so that a write in between makes the publication be planned again.
 */

import { asksByNumber, removedServices } from '../admission/admit-tree.ts';
import { NO_RESERVATION } from '../admission/allocation/service-allocator.ts';
import type {
  AdmissionEnvironment,
  AdmissionProblem,
  AdmissionResult,
  ClusterView,
  ManifestRequest,
} from '../admission/contract.ts';
import { listWith } from '../admission/tree-view.ts';
import type { UserInfo } from '../auth/user.ts';
import type { Clock } from '../base/clock.ts';
import { deepEqual } from '../base/json.ts';
import type { JsonObject, KubeObject, ObjectKey } from '../base/object.ts';
import { registryKey, type StoredResource } from '../base/registry-key.ts';
import { nextTurn } from '../base/turn.ts';
import { NAMESPACES, SERVICE_ACCOUNTS, SERVICES } from '../kinds/resources.ts';
import type { Service } from '../kinds/types.generated.ts';
import type { Operation, Store } from '../store/store.ts';
import type { DesiredObject, ObjectChanges } from './desired-state.ts';
import type { AdmittedTree } from './judge-tree.ts';
import { PLAN_SLICE_MS } from './limits.ts';
import type { ManifestDocument, ManifestFile, NamedObject } from './manifest-file.ts';
import { planDelete } from './plan-delete.ts';
import { type AdmissionPort, GIT_MANAGER } from './ports.ts';
import { isKept } from './prune/guard.ts';
import { withHold, withoutHold } from './rollout/with-hold.ts';
import { withoutScaledReplicas } from './scaled-replicas.ts';
import { objectSuspension } from './suspension/suspension.ts';

export interface PlanInput {
  store: Pick<Store, 'get' | 'revision'>;
  admission: AdmissionPort;
  clock: Clock;
  user: UserInfo;
  changes: ObjectChanges;
  /** What judging the same changes has found. */
  admitted?: AdmittedTree;
  /** Store key → what the workload is held for (`rollout/`); the others are released. */
  holds?: ReadonlyMap<string, string>;
}

export type PlannedAction = 'created' | 'configured' | 'unchanged' | 'deleted' | 'kept' | 'suspended';

export interface ObjectPlan {
  operations: readonly Operation[];
  /** What becomes of each object, for the push's output; in the order of the operations. */
  outcomes: readonly { names: NamedObject; action: PlannedAction }[];
  /** Of created objects: store key → uid. */
  uids: Readonly<Record<string, string>>;
  problems: readonly { file: ManifestFile; document: ManifestDocument; problem: AdmissionProblem }[];
  /** Ends every reservation: `true` when the operations are durable. */
  settle(done: boolean): void;
}

interface PlanUnderWay {
  operations: Operation[];
  outcomes: { names: NamedObject; action: PlannedAction }[];
  uids: Record<string, string>;
  problems: { file: ManifestFile; document: ManifestDocument; problem: AdmissionProblem }[];
  reservations: { commit(): void; rollback(): void }[];
  /** `namespace/name` of Services that this publication removes: others may take what they hold. */
  readonly releasing: ReadonlySet<string>;
}

/** Plans all changes; gives the event loop its turn in between. */
export async function planObjects(input: PlanInput): Promise<ObjectPlan> {
  const { changes, clock } = input;
  const releasing = removedServices({ removed: changes.removed.map(({ names }) => names) });
  const plan: PlanUnderWay = { operations: [], outcomes: [], uids: {}, problems: [], reservations: [], releasing };
  const created = new Map<string, KubeObject>();
  const environment = overlayEnvironment(input, created);
  let sliceEnds = clock.monotonic() + PLAN_SLICE_MS;
  for (const change of byPublication(changes.changed)) {
    planApply(input, environment, change, plan, created);
    if (clock.monotonic() > sliceEnds) {
      await nextTurn();
      sliceEnds = clock.monotonic() + PLAN_SLICE_MS;
    }
  }
  for (const object of namespacesLast(changes.removed)) planRemoval(input, object, plan);
  const { reservations, releasing: _releasing, ...result } = plan;
  return {
    ...result,
    settle(done) {
      for (const reservation of reservations) {
        if (done) reservation.commit();
        else reservation.rollback();
      }
    },
  };
}

type Change = ObjectChanges['changed'][number];

function planApply(
  input: PlanInput,
  environment: AdmissionEnvironment,
  { file, document, before }: Change,
  plan: PlanUnderWay,
  created: Map<string, KubeObject>,
): void {
  const { store, admission, clock, user, holds } = input;
  const { names } = document;
  if (!names) {
    plan.problems.push({
      file,
      document,
      problem: { fieldPath: '', message: 'this names no object of a served kind' },
    });
    return;
  }
  const now = clock.now();
  if (before && objectSuspension(before.document.object, now) && objectSuspension(document.object, now)) {
    plan.outcomes.push({ names, action: 'suspended' });
    return;
  }
  const live = store.get(names.storeKey);
  const scaled = withoutScaledReplicas(names.kind, document.object, before?.document.object, live?.value);
  const hold = holds?.get(names.storeKey);
  const request = {
    object: withHold(scaled, live?.value, hold),
    ...(document.duplicateFields ? { duplicateFields: document.duplicateFields } : {}),
    live: live && hold === undefined ? withoutHold(live.value) : live?.value,
    user,
    manager: GIT_MANAGER,
    releasing: plan.releasing,
  };
  const result = stillAdmitted(input, request, names) ?? admission.admitManifest(environment, request);
  for (const problem of result.problems) plan.problems.push({ file, document, problem });
  if (result.error && result.problems.length === 0) {
    plan.problems.push({ file, document, problem: { fieldPath: '', message: result.error.message } });
  }
  if (result.error || result.problems.length > 0) return;
  plan.reservations.push(result.reservation);
  if (live && isSame(live.value, result.object)) {
    plan.outcomes.push({ names, action: 'unchanged' });
    return;
  }
  plan.operations.push({ type: 'put', key: names.storeKey, value: result.object, expect: live?.modRevision ?? 0 });
  plan.outcomes.push({ names, action: live ? 'configured' : 'created' });
  if (live) return;
  created.set(names.storeKey, result.object);
  if (result.object.metadata?.uid) plan.uids[names.storeKey] = result.object.metadata.uid;
}

/** The judgement's outcome stands as long as nothing at all was written since. Services still need their addresses. */
function stillAdmitted(
  { admitted, store }: PlanInput,
  { object, live }: ManifestRequest,
  names: NamedObject,
): Pick<AdmissionResult, 'object' | 'problems' | 'error' | 'reservation'> | undefined {
  if (admitted?.revision !== store.revision || isCore(names, SERVICES.plural)) return undefined;
  const known = admitted.objects.get(object);
  return known && known.old === live ? { object: known.next, problems: [], reservation: NO_RESERVATION } : undefined;
}

function planRemoval({ store, clock }: PlanInput, { names, document }: DesiredObject, plan: PlanUnderWay): void {
  const live = store.get(names.storeKey);
  if (live && (isKept(document.object) || isKept(live.value as JsonObject))) {
    plan.operations.push({ type: 'put', key: live.key, value: releasedByGit(live.value), expect: live.modRevision });
    plan.outcomes.push({ names, action: 'kept' });
    return;
  }
  const operation = planDelete(names.kind, live, clock.now());
  if (!operation) return;
  plan.operations.push(operation);
  plan.outcomes.push({ names, action: 'deleted' });
}

/** The object as it is, with nobody holding what git held: it is runtime state from now on. */
function releasedByGit(live: Readonly<KubeObject>): KubeObject {
  const managedFields = (live.metadata?.managedFields ?? []).filter(({ manager }) => manager !== GIT_MANAGER);
  return { ...live, metadata: { ...live.metadata, managedFields } };
}

/** Equal but for the times in managedFields and the revision, which change with every apply. */
function isSame(live: Readonly<KubeObject>, next: Readonly<KubeObject>): boolean {
  if (live === next) return true;
  return deepEqual(withoutTimes(live), withoutTimes(next));
}

function withoutTimes(object: Readonly<KubeObject>): KubeObject {
  const { resourceVersion: _revision, managedFields, ...metadata } = object.metadata ?? {};
  const entries = managedFields?.map(({ time: _time, ...entry }) => entry);
  return { ...object, metadata: { ...metadata, ...(entries ? { managedFields: entries } : {}) } };
}

/** The cluster as it will be when the operations planned so far are done. */
function overlayEnvironment({ admission }: PlanInput, created: ReadonlyMap<string, KubeObject>): AdmissionEnvironment {
  const { environment } = admission;
  const cluster: ClusterView = {
    get(resource, key) {
      const view = (at: StoredResource, of: ObjectKey) =>
        created.get(registryKey(at, of)) ?? environment.cluster.get(at, of);
      const found = view(resource, key);
      const isDefaultAccount = resource.plural === SERVICE_ACCOUNTS.plural && key.name === 'default';
      if (found || !isDefaultAccount || !key.namespace || !view(NAMESPACES, { name: key.namespace })) return found;
      // Every namespace gets its default account from a controller, at once but maybe after this.
      return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...key } };
    },
    list: (resource) => listWith(resource, environment.cluster.list(resource), created),
  };
  return { ...environment, cluster };
}

const isCore = ({ kind }: NamedObject, plural: string): boolean =>
  kind.resource.group === '' && kind.resource.plural === plural;

/** Namespaces, what is cluster-wide, Services that ask for an address or port by number (before others are given it), the rest. */
function byPublication(changed: readonly Change[]): Change[] {
  const ranked = Map.groupBy(changed, publicationRank);
  return [0, 1, 2, 3].flatMap((rank) => ranked.get(rank) ?? []);
}

function publicationRank({ document: { names, object } }: Change): number {
  if (!names) return 3;
  if (isCore(names, NAMESPACES.plural)) return 0;
  if (!names.kind.resource.namespaced) return 1;
  return isCore(names, SERVICES.plural) && asksByNumber(object as Service) ? 2 : 3;
}

function namespacesLast(removed: readonly DesiredObject[]): DesiredObject[] {
  const isNamespace = ({ names }: DesiredObject): boolean => isCore(names, NAMESPACES.plural);
  return [...removed.filter((object) => !isNamespace(object)), ...removed.filter(isNamespace)];
}

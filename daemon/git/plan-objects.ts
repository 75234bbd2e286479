/**
 * From what a commit changes to the operations of one publication: each changed manifest a forced server-side apply by `reflet-git`, each removed
 * one a deletion, namespaces first. It writes nothing; what Services were given is held until the caller ends the reservations.
 *
 * Every operation carries the revision that it was planned on, so that a write in between makes the publication be planned again.
 */

import { asksByNumber, removedServices } from '../admission/admit-tree.ts';
import { bothReservations, NO_RESERVATION } from '../admission/allocation/service-allocator.ts';
import { ComingObjects } from '../admission/coming-objects.ts';
import type {
  AdmissionEnvironment,
  AdmissionProblem,
  AdmissionResult,
  ManifestRequest,
  TreeObject,
} from '../admission/contract.ts';
import { chargeQuotas } from '../admission/quota/charge.ts';
import { createTreeView, isRule } from '../admission/tree-view.ts';
import type { UserInfo } from '../auth/user.ts';
import type { Clock } from '../base/clock.ts';
import { cloneJson, deepEqual, deepFreeze } from '../base/json.ts';
import type { JsonObject, KubeObject } from '../base/object.ts';
import type { StoredResource } from '../base/registry-key.ts';
import { nextTurn } from '../base/turn.ts';
import { GIT_MANAGER } from '../kinds/common/git-ownership.ts';
import { settled, shown, toStored } from '../kinds/conversion.ts';
import type { Kind } from '../kinds/kind.ts';
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  NAMESPACES,
  SERVICES,
  VALIDATING_ADMISSION_POLICY_BINDINGS,
  VALIDATING_WEBHOOK_CONFIGURATIONS,
} from '../kinds/resources.ts';
import type { Service } from '../kinds/types.generated.ts';
import type { Operation, Store } from '../store/store.ts';
import type { DesiredObject, ObjectChanges } from './desired-state.ts';
import type { AdmittedTree } from './judge-tree.ts';
import { PLAN_SLICE_MS } from './limits.ts';
import type { ManifestDocument, ManifestFile, NamedObject } from './manifest-file.ts';
import { planDelete } from './plan-delete.ts';
import type { AdmissionPort } from './ports.ts';
import { isKept } from './prune/guard.ts';
import { withHold, withoutHold } from './rollout/with-hold.ts';
import { withoutScaledReplicas } from './scaled-replicas.ts';
import { objectSuspension } from './suspension/suspension.ts';

export interface PlanInput {
  store: Pick<Store, 'get'>;
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

export interface Outcome {
  readonly names: NamedObject;
  readonly action: PlannedAction;
  /** What admission noted for the audit. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ObjectPlan {
  operations: readonly Operation[];
  /** What becomes of each object, for the push's output; in the order of the operations. */
  outcomes: readonly Outcome[];
  /** Of created objects: store key → uid. */
  uids: Readonly<Record<string, string>>;
  problems: readonly { file: ManifestFile; document: ManifestDocument; problem: AdmissionProblem }[];
  /** Ends every reservation: `true` when the operations are durable. */
  settle(done: boolean): void;
}

/** Who looks at objects after they have been given addresses. */
const JUDGES = [VALIDATING_ADMISSION_POLICY_BINDINGS, VALIDATING_WEBHOOK_CONFIGURATIONS];

interface PlanUnderWay {
  operations: Operation[];
  outcomes: Outcome[];
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
  const coming = new ComingObjects();
  const environment = overlayEnvironment(input, coming);
  let sliceEnds = clock.monotonic() + PLAN_SLICE_MS;
  for (const change of byPublication(changes.changed)) {
    await planApply(input, environment, change, plan, coming);
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

async function planApply(
  input: PlanInput,
  environment: AdmissionEnvironment,
  { file, document, before }: Change,
  plan: PlanUnderWay,
  coming: ComingObjects,
): Promise<void> {
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
  const kind = currentKind(environment, names);
  const present = live && (await settled(() => shown(kind, live.value)));
  const scaled = withoutScaledReplicas(names.kind, document.object, before?.document.object, present);
  const hold = holds?.get(names.storeKey);
  const request = {
    object: withHold(scaled, present, hold),
    live: present && hold === undefined ? withoutHold(present) : present,
    user,
    manager: GIT_MANAGER,
    releasing: plan.releasing,
    answers: input.admitted?.objects.get(document.object)?.answers,
  };
  const result = stillAdmitted(input, environment, request, names) ?? admission.admitManifest(environment, request);
  for (const problem of result.problems) plan.problems.push({ file, document, problem });
  if (result.error && result.problems.length === 0) {
    plan.problems.push({ file, document, problem: { fieldPath: '', message: result.error.message } });
  }
  if (result.error || result.problems.length > 0) return;
  plan.reservations.push(result.reservation);
  if (present && isSame(present, result.object)) {
    plan.outcomes.push({ names, action: 'unchanged' });
    return;
  }
  const value = frozenParts(await toStored(kind, result.object));
  plan.operations.push({ type: 'put', key: names.storeKey, value, expect: live?.modRevision ?? 0 });
  const annotations = result.auditAnnotations && { annotations: result.auditAnnotations };
  plan.outcomes.push({ names, action: live ? 'configured' : 'created', ...annotations });
  if (!live || isRule(names.kind.resource)) coming.set(names.kind.resource, names.storeKey, value);
  if (live) return;
  if (result.object.metadata?.uid) plan.uids[names.storeKey] = result.object.metadata.uid;
}

/** The store freezes what it takes, all at once: here each object has its turn. Its metadata are given a revision first. */
function frozenParts(object: KubeObject): KubeObject {
  for (const [name, part] of Object.entries(object)) if (name !== 'metadata') deepFreeze(part);
  return object;
}

/** The judgement's outcome, while it stands. Services still need their addresses, and quotas their due. */
function stillAdmitted(
  { admitted }: PlanInput,
  environment: AdmissionEnvironment,
  { object, live, user, releasing }: ManifestRequest,
  names: NamedObject,
): Pick<AdmissionResult, 'object' | 'problems' | 'error' | 'reservation' | 'auditAnnotations'> | undefined {
  if (!admitted?.stands()) return undefined;
  const known = admitted.objects.get(object);
  if (!known || known.old !== live) return undefined;
  const { kind, operation, old, key, auditAnnotations } = known;
  const addressed = isCore(names, SERVICES.plural)
    ? withAddresses(known, environment, releasing)
    : withoutAddresses(known);
  if (!addressed) return undefined;
  const asked = { kind, operation, subresource: '', user, ...key, object: addressed.object, old };
  const charged = chargeQuotas(asked, environment);
  if ('refusal' in charged) {
    addressed.reservation.rollback();
    return undefined;
  }
  const reservation = bothReservations(addressed.reservation, charged.reservation);
  return { object: addressed.object, problems: [], reservation, ...(auditAnnotations ? { auditAnnotations } : {}) };
}

type Addressed = Pick<AdmissionResult, 'object' | 'reservation'>;

const withoutAddresses = ({ next }: TreeObject): Addressed => ({ object: next, reservation: NO_RESERVATION });

/** Undefined when there are none, or when somebody has to see them: whoever judges a Service judges it with its addresses. */
function withAddresses(
  { old, next }: TreeObject,
  { cluster, services }: AdmissionEnvironment,
  releasing: ReadonlySet<string> | undefined,
): Addressed | undefined {
  if (JUDGES.some((resource) => cluster.list(resource).length > 0)) return undefined;
  const { spec } = next as Service;
  const object: Service = { ...next, ...(spec ? { spec: cloneJson(spec) } : {}) };
  const { reservation, errors } = services?.allocate(object, old, releasing) ?? {
    reservation: NO_RESERVATION,
    errors: [],
  };
  return errors.length > 0 ? undefined : { object, reservation };
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

/** Custom kinds change with their definitions; a manifest was read when its kind was another. */
function currentKind({ registry }: AdmissionEnvironment, { kind }: NamedObject): Kind {
  const { group, version, plural } = kind.resource;
  return registry.byResource(group, version, plural) ?? kind;
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
function overlayEnvironment({ admission, changes }: PlanInput, coming: ComingObjects): AdmissionEnvironment {
  const { environment } = admission;
  const cluster = createTreeView(environment.cluster, { settled: coming });
  const removed = new Set(changes.removed.map(({ names }) => names.storeKey));
  return { ...environment, quotas: environment.quotas?.without(removed), cluster };
}

const isOf = ({ kind }: NamedObject, { group, plural }: StoredResource): boolean =>
  kind.resource.group === group && kind.resource.plural === plural;

const isCore = (names: NamedObject, plural: string): boolean => isOf(names, { group: '', plural });

/** Namespaces and definitions, what is cluster-wide, Services that ask for an address or port by number (before others are given it), the rest. */
function byPublication(changed: readonly Change[]): Change[] {
  const ranked = Map.groupBy(changed, publicationRank);
  return [0, 1, 2, 3].flatMap((rank) => ranked.get(rank) ?? []);
}

function publicationRank({ document: { names, object } }: Change): number {
  if (!names) return 3;
  if (isCore(names, NAMESPACES.plural) || isOf(names, CUSTOM_RESOURCE_DEFINITIONS)) return 0;
  if (!names.kind.resource.namespaced) return 1;
  return isCore(names, SERVICES.plural) && asksByNumber(object as Service) ? 2 : 3;
}

function namespacesLast(removed: readonly DesiredObject[]): DesiredObject[] {
  const isNamespace = ({ names }: DesiredObject): boolean => isCore(names, NAMESPACES.plural);
  return [...removed.filter((object) => !isNamespace(object)), ...removed.filter(isNamespace)];
}

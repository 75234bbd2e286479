/**
 * Plans a commit: judges it as a push is judged, works out what its publication would write, and has that played through on a copy of the cluster.
 *
 * Invariants: nothing is written, told or handed out: no object, event, uid, address or port of the live cluster changes hands; whoever asks sees
 * only what they may read. It holds no lease: pushes and writes go on meanwhile.
 */

import { createServiceAllocator } from '../admission/allocation/memory-allocator.ts';
import type { Authorizer, UserInfo } from '../auth/user.ts';
import type { Clock, Random } from '../base/clock.ts';
import type { KubeObject } from '../base/object.ts';
import { registryKey, registryPrefix, type StoredResource } from '../base/registry-key.ts';
import { forbidden, serviceUnavailable } from '../base/status.ts';
import { admissionAfter } from '../git/definitions.ts';
import type { DesiredState } from '../git/desired-state.ts';
import type { GitEngine, Quarantine } from '../git/engine.ts';
import type { Judgement } from '../git/judge.ts';
import type { NamedObject } from '../git/manifest-file.ts';
import { type ObjectPlan, planObjects } from '../git/plan-objects.ts';
import { type AdmissionPort, HOST_ADMINISTRATOR } from '../git/ports.ts';
import { formatProblem, type PushProblem } from '../git/problem.ts';
import { toPushProblem } from '../git/publish.ts';
import { describePending } from '../git/rollout/holds.ts';
import { SERVICES } from '../kinds/resources.ts';
import type { SchemaSet } from '../schema/node.ts';
import type { Entry } from '../store/store.ts';
import { emptyPlan, type PlanDocument, summarizeNodes } from './document.ts';
import { allocatedValues, describeObjects } from './planned-objects.ts';
import type { Hold } from './releases.ts';
import type { SimulationInput, SimulationOutcome } from './simulate.ts';
import { encodeSnapshot, type Snapshot, takeSnapshot } from './snapshot.ts';

export interface PlanContext {
  engine: GitEngine;
  schemas: SchemaSet;
  clock: Clock;
  random: Random;
  podCidr: string;
  serviceCidr: string;
  /** Plays a commit through; in a thread of its own. */
  simulate(input: SimulationInput): Promise<SimulationOutcome>;
}

export interface PlanRequest {
  commit: string;
  /** Where a range begins: played through first, when it is not what is in force. */
  from?: string;
  user: UserInfo;
  /** Where the commits' objects are when they are not in the repository. */
  quarantine?: Quarantine;
  /** The branch's own commit, when `commit` is its merge: its signatures count. */
  signed?: string;
}

/** The branch may move while a plan is made; it is made anew then. */
const TRIES_MAX = 3;

/** Throws 403 when the commit changes what `user` may not read, and 503 when the branch keeps moving. */
export async function planCommit(context: PlanContext, request: PlanRequest): Promise<PlanDocument> {
  const { engine } = context;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    await engine.settled();
    const inForce = engine.state.commit;
    const workingOut = await workOut(context, request);
    if (engine.state.commit !== inForce) continue;
    return workingOut();
  }
  throw serviceUnavailable('the branch keeps moving while it is planned: try again');
}

/** What a publication would write, on top of what is live and of the steps before. */
interface Step {
  judgement: Judgement;
  plan: ObjectPlan;
  holds: Hold[];
  /** What stood there before. */
  live(key: string): Readonly<KubeObject> | undefined;
}

/** Everything that needs the present state; what is resolved with goes on without it. */
async function workOut(context: PlanContext, request: PlanRequest): Promise<() => Promise<PlanDocument>> {
  const { engine, clock } = context;
  const { commit, user } = request;
  const from = request.from ?? engine.state.commit;
  const document: PlanDocument = { ...emptyPlan(commit), ...(from ? { from } : {}) };
  const snapshot = takeSnapshot(engine.options.store);
  const view = new PlannedView(context, snapshot);
  const steps: Step[] = [];
  for (const id of from === engine.state.commit ? [commit] : [from!, commit]) {
    const judged = await judge(context, request, id, view);
    requireReadable(engine.options.authorizer, user, judged.judgement);
    const { problems } = judged;
    const step = problems.length > 0 ? { problems } : await planStep(context, judged.judgement, view);
    if ('problems' in step) {
      const lines = step.problems.map(
        (problem) => (id === commit ? '' : `${id.slice(0, 12)}: `) + formatProblem(problem),
      );
      return async () => ({ ...document, result: 'refused', problems: lines });
    }
    if (id === commit) document.warnings.push(...judged.warnings);
    steps.push(step);
    view.apply(step);
  }
  const { judgement, plan, live, holds } = steps.at(-1)!;
  document.objects = describeObjects(judgement.changes, plan.operations, live, context.schemas);
  const now = clock.now();
  const encoded = await encodeSnapshot(snapshot);
  const allocated = steps.flatMap((step) => allocatedValues(step.judgement.changes, step.plan.operations, step.live));
  return async () => {
    const outcome = await context.simulate({
      snapshot: encoded,
      before: steps.slice(0, -1).map((step) => ({ operations: step.plan.operations, holds: step.holds })),
      operations: plan.operations,
      holds,
      now,
      podCidr: context.podCidr,
      serviceCidr: context.serviceCidr,
      allocated,
    });
    return withOutcome(document, outcome, readableNamespaces(engine.options.authorizer, user));
  };
}

/** The cluster and the desired state as they are after the steps planned so far. */
class PlannedView {
  readonly admission: AdmissionPort;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #planned = new Map<string, Entry | undefined>();
  /** By prefix, since the last step: admission asks for the same few over and over. */
  readonly #lists = new Map<string, readonly Readonly<KubeObject>[]>();
  #byResource: Map<string, string[]> | undefined;
  #state: DesiredState | undefined;
  readonly #engine: GitEngine;

  constructor({ engine, random, serviceCidr }: PlanContext, { entries }: Snapshot) {
    this.#engine = engine;
    this.#entries = entries;
    const { admission } = engine.options;
    const prefix = registryPrefix(SERVICES);
    const services = [...entries.values()].flatMap(({ key, value }) => (key.startsWith(prefix) ? [value] : []));
    this.admission = {
      ...admission,
      environment: {
        ...admission.environment,
        cluster: {
          get: (resource, key) => this.get(registryKey(resource, key))?.value,
          list: (resource, namespace) => this.#list(resource, namespace),
        },
        // Its own: an address that is tried here stays free for everybody else.
        services: createServiceAllocator({ serviceCidr, random, services }),
      },
    };
  }

  get(key: string): Entry | undefined {
    return this.#planned.has(key) ? this.#planned.get(key) : this.#entries.get(key);
  }

  against(): { state: DesiredState; admission: AdmissionPort } {
    return { state: this.#state ?? this.#engine.state, admission: this.admission };
  }

  #list(resource: StoredResource, namespace?: string): readonly Readonly<KubeObject>[] {
    const prefix = registryPrefix(resource, namespace);
    const known = this.#lists.get(prefix);
    if (known) return known;
    const list = namespace
      ? this.#list(resource).filter(({ metadata }) => metadata?.namespace === namespace)
      : (this.#keys().get(prefix) ?? []).sort().flatMap((key) => this.get(key)?.value ?? []);
    this.#lists.set(prefix, list);
    return list;
  }

  /** Of all objects, by the prefix of their resource: each list would have to look through all of them. */
  #keys(): Map<string, string[]> {
    this.#byResource ??= Map.groupBy(
      new Set([...this.#entries.keys(), ...this.#planned.keys()]),
      (key) => `${key.split('/', 4).join('/')}/`,
    );
    return this.#byResource;
  }

  apply({ judgement, plan }: Step): void {
    this.#lists.clear();
    this.#byResource = undefined;
    for (const operation of plan.operations) {
      const before = this.get(operation.key);
      const modRevision = before?.modRevision ?? 0;
      const { key } = operation;
      if (operation.type === 'delete') this.#planned.set(key, undefined);
      else
        this.#planned.set(key, {
          key,
          value: operation.value,
          createRevision: modRevision,
          modRevision,
          json: Buffer.alloc(0),
        });
    }
    this.#state ??= this.#engine.state.copy();
    this.#state.apply(judgement.candidate);
  }
}

interface Judged {
  judgement: Judgement;
  problems: readonly PushProblem[];
  warnings: string[];
}

/**
 * As a push by whoever asks would be judged. When only their rights are in the way it is planned all the same, for those who may merge it, and said.
 */
async function judge(
  { engine }: PlanContext,
  request: PlanRequest,
  commit: string,
  view: PlannedView,
): Promise<Judged> {
  const { user, quarantine, signed } = request;
  const against = { ...view.against(), ...(signed && commit === request.commit ? { signed } : {}) };
  const judgement = await engine.judge(commit, user, quarantine, against);
  const { problems } = judgement;
  if (problems.length === 0) return { judgement, problems, warnings: [...judgement.warnings] };
  const anyway = await engine.judge(commit, HOST_ADMINISTRATOR, quarantine, against);
  if (anyway.problems.length > 0) return { judgement, problems, warnings: [] };
  const own = problems.map((problem) => `${user.username} may not push this: ${formatProblem(problem)}`);
  return { judgement: anyway, problems: [], warnings: [...anyway.warnings, ...own] };
}

async function planStep(
  { engine, clock }: PlanContext,
  judgement: Judgement,
  view: PlannedView,
): Promise<Step | { problems: readonly PushProblem[] }> {
  const { changes, candidate } = judgement;
  const held = engine.holds.plan(changes, candidate.commit);
  const plan = await planObjects({
    store: { get: (key) => view.get(key) },
    admission: admissionAfter(view.admission, judgement.candidate),
    clock,
    user: HOST_ADMINISTRATOR,
    changes,
    // What webhooks have answered counts; the rest is worked out anew, on top of the steps before.
    ...(judgement.admitted ? { admitted: { ...judgement.admitted, stands: () => false } } : {}),
    holds: new Map([...held].map(([key, { pending }]) => [key, describePending(pending)])),
  });
  plan.settle(false);
  if (plan.problems.length > 0) return { problems: plan.problems.map(toPushProblem) };
  const before = new Map(plan.operations.map(({ key }) => [key, view.get(key)?.value]));
  const holds = [...held].map(([key, { pending }]) => ({ key, waitsFor: pending.map(({ storeKey }) => storeKey) }));
  return { judgement, plan, holds, live: (key) => before.get(key) };
}

/** A plan shows what is live and what a commit says: only to those who may read these objects. */
function requireReadable(authorizer: Authorizer, user: UserInfo, { changes }: Judgement): void {
  const names = [...changes.changed.map(({ document }) => document.names), ...changes.removed.map((one) => one.names)];
  for (const one of names) {
    if (!one || mayGet(authorizer, user, one)) continue;
    const { group, plural } = one.kind.resource;
    const where = one.key.namespace ? `in the namespace "${one.key.namespace}"` : 'at the cluster scope';
    const why = `User "${user.username}" cannot get resource "${plural}" in API group "${group}" ${where}, which this commit changes`;
    throw forbidden({ group, resource: plural }, one.key.name, why);
  }
}

function mayGet(authorizer: Authorizer, user: UserInfo, { kind, key }: NamedObject): boolean {
  const { group, version, plural: resource } = kind.resource;
  const { namespace, name } = key;
  return authorizer.authorize(user, {
    verb: 'get',
    group,
    version,
    resource,
    name,
    ...(namespace ? { namespace } : {}),
  }).allowed;
}

function readableNamespaces(authorizer: Authorizer, user: UserInfo): (resource: string, namespace: string) => boolean {
  const known = new Map<string, boolean>();
  return (resource, namespace) => {
    const key = `${resource}/${namespace}`;
    const allowed =
      known.get(key) ??
      authorizer.authorize(user, { verb: 'list', group: '', version: 'v1', resource, namespace }).allowed;
    known.set(key, allowed);
    return allowed;
  };
}

function withOutcome(
  document: PlanDocument,
  { pods, services, settled, tookMs }: SimulationOutcome,
  mayList: (resource: string, namespace: string) => boolean,
): PlanDocument {
  const visible = <T extends { namespace: string }>(resource: string, all: readonly T[]): T[] =>
    all.filter(({ namespace }) => mayList(resource, namespace));
  const changes = visible('pods', pods.changes);
  const shown = {
    changes,
    nodes: summarizeNodes(pods.changes),
    unschedulable: visible('pods', pods.unschedulable),
    notStarting: visible('pods', pods.notStarting),
    refused: visible('pods', pods.refused),
    placement: visible('pods', pods.placement),
  };
  const shownServices = visible('services', services);
  const isChanged = document.objects.length > 0 || pods.changes.length > 0 || services.length > 0;
  return {
    ...document,
    result: isChanged ? 'changes' : 'unchanged',
    pods: shown,
    services: shownServices,
    hidden: pods.changes.length - changes.length + services.length - shownServices.length,
    settled,
    seconds: Math.round(tookMs / 1_000),
  };
}

/**
 * A cluster of its own over a store in memory: the same API verbs, admission, controllers and scheduler as the real one, under a simulated clock,
 * with model agents. Nothing in it reaches the real store, the network or the disk.
 *
 * The nodes stand still: nobody falls silent in a plan, so the controller that judges heartbeats is left out. Events are dropped.
 */

import type { AdmissionConfiguration } from '../admission/configuration.ts';
import { createAdmissionEnvironment } from '../admission/environment.ts';
import type { RestContext } from '../api/rest/context.ts';
import { serveCustomKinds } from '../api/rest/custom-kinds.ts';
import { createRuntimePersistence } from '../api/rest/runtime-persistence.ts';
import type { UserInfo } from '../auth/user.ts';
import { silentLogger } from '../base/log.ts';
import { registryKey } from '../base/registry-key.ts';
import { StatusError } from '../base/status.ts';
import { createTurnQueue, nextTurn } from '../base/turn.ts';
import type { Client } from '../client/client.ts';
import { createInProcessClient } from '../client/in-process.ts';
import { ACTING_USERS } from '../controllers/accounts.ts';
import { startControllers } from '../controllers/start-controllers.ts';
import { servedResources } from '../kinds/collected-resources.ts';
import { withCustomSchemas } from '../kinds/custom-schemas.ts';
import { createKindRegistry } from '../kinds/registry.ts';
import { CONFIG_MAPS, EVENTS } from '../kinds/resources.ts';
import type { ConfigMap, Deployment } from '../kinds/types.generated.ts';
import { startSharedInformers } from '../runtime/shared-informers.ts';
import { startScheduler } from '../scheduler/start-scheduler.ts';
import { loadSchemas } from '../schema/load.ts';
import type { SchemaSet } from '../schema/node.ts';
import type { StructuralChecker } from '../schema/validate.ts';
import type { Store } from '../store/store.ts';
import { type ModelAgents, type Pace, startModelAgents } from './model-agents.ts';
import { type SimClock, seededIds, seededRandom } from './simulated-clock.ts';

export interface SimulatedClusterOptions {
  store: Store;
  clock: SimClock;
  podCidr: string;
  serviceCidr: string;
  /** What is handed out by chance follows from it. */
  seed: number;
  /** Kept by whoever plays more than one plan: reading and compiling all schemas takes a while. */
  schemas?: SchemaSet;
  structure?: StructuralChecker;
  admission?: AdmissionConfiguration | undefined;
  pace?: Pace;
}

export interface Rest {
  /** False when something still moved at the end of the simulated time. */
  settled: boolean;
  /** Simulated time until the last change. */
  tookMs: number;
}

export interface SimulatedCluster {
  readonly agents: ModelAgents;
  /** Lets everything that runs without the clock come to its end. */
  quiet(): Promise<void>;
  /** Lets time pass from timer to timer until nothing has been written for a while, or simulated time is up. */
  rest(): Promise<Rest>;
  stop(): void;
}

/** Informers and agents; what loops do they do as themselves, for admission may look at who asks. All may do everything: that is not the question. */
const SYSTEM: UserInfo = { username: 'system:reflet:plan', groups: ['system:masters', 'system:authenticated'] };
/** A write is seen by informers in the next turn, and wakes a loop in the one after: this many without any are the end of the chain. */
const QUIET_TURNS = 8;
/** Work in hand that wrote nothing for so many turns waits for the clock (a pod for its namespace's account). */
const STUCK_TURNS = 40;
/** Twenty writes for each of 20,000 pods; loops that never agree with each other end here. */
const WRITES_MAX = 400_000;
/** A plan's nodes do not fall silent, and nobody asks its API. */
const UNPLANNED: ReadonlySet<string> = new Set(['nodelifecycle', 'flowcontrolbootstrap']);

/** Resolves when every loop has seen the store's present state. */
export async function startSimulatedCluster(options: SimulatedClusterOptions): Promise<SimulatedCluster> {
  const { store, clock, podCidr, pace } = options;
  const context = createContext(options);
  const clientOf = (user: UserInfo) =>
    withoutEvents(createInProcessClient(context, user, { fieldManager: 'reflet-plan' }));
  const client = clientOf(SYSTEM);
  const { random, ids } = context;
  const informers = startSharedInformers(client, { clock, random, log: silentLogger });
  await informers.synced();
  const loops = { client, informers, clock, random, ids, log: silentLogger };
  const controllers = startControllers(loops, {
    resources: servedResources(context.registry),
    ca: certificateAuthority(store),
    podCidr,
    without: UNPLANNED,
    clientOf: (name) => clientOf(ACTING_USERS[name]!),
  });
  const scheduler = startScheduler(loops);
  const exists: Parameters<typeof startModelAgents>[0]['exists'] = (resource, key) =>
    store.get(registryKey(resource, key)) !== undefined;
  const agents = startModelAgents({ client, informers, clock, exists, ...(pace ? { pace } : {}) });
  const lastRevision = store.revision + WRITES_MAX;
  const isExhausted = (): boolean => store.revision > lastRevision;
  const quiet = async (): Promise<void> => {
    let revision = store.revision;
    let turns = 0;
    for (let isIdle = false; turns < (isIdle ? QUIET_TURNS : STUCK_TURNS) && !isExhausted(); turns++) {
      await nextTurn();
      isIdle = controllers.idle() && scheduler.idle();
      if (store.revision === revision) continue;
      revision = store.revision;
      turns = 0;
    }
  };
  return {
    agents,
    quiet,
    rest: () => runToRest(store, clock, quiet, isExhausted),
    stop() {
      agents.stop();
      scheduler.stop();
      controllers.stop();
      informers.stop();
    },
  };
}

function createContext(options: SimulatedClusterOptions): RestContext {
  const { store, clock, serviceCidr, seed, structure, admission: configuration } = options;
  const random = seededRandom(seed);
  const registry = createKindRegistry();
  const schemas = withCustomSchemas(options.schemas ?? loadSchemas(), registry);
  serveCustomKinds(store, registry);
  const parts = { store, registry, schemas, clock, ids: seededIds(random), random };
  return {
    ...parts,
    persistence: createRuntimePersistence(store),
    log: silentLogger,
    authorizer: { authorize: () => ({ allowed: true, reason: '' }) },
    tokens: { issue: () => Promise.reject(unavailable()) },
    reviewer: { review: () => Promise.reject(unavailable()) },
    grants: { check: () => {} },
    turns: createTurnQueue(),
    admission: createAdmissionEnvironment({
      ...{ ...parts, serviceCidr, configuration },
      ...(structure ? { structure } : {}),
    }),
  };
}

const unavailable = (): StatusError => new StatusError(501, 'NotImplemented', 'a plan issues no tokens and no reviews');

/** When nothing was written for so long, nothing will be: longer than every back-off and period of a loop that may still act. */
const QUIET_MS = 90_000;
/** Six times a Deployment's default progress deadline. */
const SIMULATED_MS_MAX = 3_600_000;

async function runToRest(
  store: Store,
  clock: SimClock,
  quiet: () => Promise<void>,
  isExhausted: () => boolean,
): Promise<Rest> {
  const began = clock.now();
  let changedAt = began;
  let revision = -1;
  let longestMs = 0;
  await quiet();
  for (;;) {
    if (store.revision !== revision) {
      revision = store.revision;
      changedAt = clock.now();
      longestMs = longestWaitMs(store);
    }
    const next = clock.nextAt();
    const tookMs = changedAt - began;
    if (!isExhausted() && (next === undefined || next - changedAt > QUIET_MS + longestMs))
      return { settled: true, tookMs };
    if (isExhausted() || next === undefined || next - began > SIMULATED_MS_MAX) return { settled: false, tookMs };
    do clock.fireNext();
    while (clock.nextAt() === clock.now());
    await quiet();
  }
}

/** Deployments count a pod as available only after `minReadySeconds`, pods are ready only after their probes' delay. */
function longestWaitMs(store: Store): number {
  const waits = store.range('/registry/apps/').entries.map(({ value }) => {
    const { spec } = value as Deployment;
    const containers = spec?.template?.spec?.containers ?? [];
    const delays = containers.flatMap(({ readinessProbe, startupProbe }) => [
      readinessProbe?.initialDelaySeconds ?? 0,
      startupProbe?.initialDelaySeconds ?? 0,
    ]);
    return (spec?.minReadySeconds ?? 0) + Math.max(0, ...delays);
  });
  return Math.max(0, ...waits) * 1_000;
}

/** Events are told to people, and a plan's have not happened. */
function withoutEvents(client: Client): Client {
  return new Proxy(client, {
    get(target, name: keyof Client) {
      if (name !== 'create') return (target[name] as () => unknown).bind(target);
      const create: Client['create'] = (resource, object, options) =>
        resource.plural === EVENTS.plural ? Promise.resolve(object) : target.create(resource, object, options);
      return create;
    },
  });
}

/** As every namespace has it already. */
function certificateAuthority(store: Store): string {
  const known = store.get(registryKey(CONFIG_MAPS, { namespace: 'default', name: 'kube-root-ca.crt' }));
  return (known?.value as ConfigMap | undefined)?.data?.['ca.crt'] ?? '';
}

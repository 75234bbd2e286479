/**
 * All loops over the in-memory API with simulated time: people change Deployments while watches lag and break, writes fail before or
 * after they happened, the control plane restarts and nodes are lost. Everything follows from the seed.
 */

import { silentLogger } from '../../daemon/base/log.ts';
import { serviceUnavailable } from '../../daemon/base/status.ts';
import type { Client } from '../../daemon/client/client.ts';
import { ACTING_USERS, SCHEDULER } from '../../daemon/controllers/accounts.ts';
import { replicasOf } from '../../daemon/controllers/deployment/fenceposts.ts';
import { isPodActive, isPodReady } from '../../daemon/controllers/shared/pod.ts';
import { startControllers } from '../../daemon/controllers/start-controllers.ts';
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  ENDPOINTS,
  NAMESPACES,
  NODES,
  PODS,
  REPLICA_SETS,
  SERVICE_ACCOUNTS,
  SERVICES,
} from '../../daemon/kinds/resources.ts';
import type { Deployment } from '../../daemon/kinds/types.generated.ts';
import { startSharedInformers } from '../../daemon/runtime/shared-informers.ts';
import { startScheduler } from '../../daemon/scheduler/start-scheduler.ts';
import { authorizedClient } from '../support/authorized-client.ts';
import { createWorld, makeDeployment, makeService, type World } from '../support/objects.ts';
import { fixedResources } from '../support/resources.ts';
import { FakeAgents } from './fake-agents.ts';
import { Invariants } from './invariants.ts';

export interface SimulationOptions {
  seed: number;
  /** Nodes are lost and come back. */
  losesNodes: boolean;
  steps: number;
}

const NAMES = ['web', 'api'];
const NODE_NAMES = ['n1', 'n2', 'n3', 'n4'];
const RESOURCES = [
  NAMESPACES,
  NODES,
  PODS,
  REPLICA_SETS,
  DEPLOYMENTS,
  SERVICES,
  ENDPOINTS,
  ENDPOINT_SLICES,
  SERVICE_ACCOUNTS,
  CONFIG_MAPS,
];
/** Long enough for the longest chain: lease grace, tolerations, back-offs, a watch that is 30 s late. */
const REST_MS = 15 * 60_000;

export async function simulate(options: SimulationOptions): Promise<void> {
  const run = new Simulation(options);
  await run.run();
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #world: World;
  readonly #agents: FakeAgents;
  readonly #invariants: Invariants;
  #stop: () => void = () => {};
  #failureRate = 0;
  #trace: string[] = [];
  /** What a loop was not allowed to do. */
  readonly #refused = new Set<string>();

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#world = createWorld(options.seed);
    const { client, clock, random } = this.#world;
    this.#agents = new FakeAgents({ client, clock, random, nodes: NODE_NAMES, startMs: 5_000, stopMs: 5_000 });
    this.#invariants = new Invariants(client, !options.losesNodes);
    client.inject = (call, done) => {
      if (done) this.#invariants.after(call);
      else this.#invariants.before(call);
      if (call.verb !== 'list' && random.next() < this.#failureRate) throw serviceUnavailable('injected');
    };
  }

  async run(): Promise<void> {
    const { client, clock } = this.#world;
    await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
    await this.#agents.start();
    await this.#startControlPlane();
    for (const name of NAMES) {
      await client.create(SERVICES, makeService(name));
      const deployment = makeDeployment(name, 1 + Math.floor(this.#random() * 6));
      this.#invariants.specChanged(deployment, true);
      await client.create(DEPLOYMENTS, deployment);
    }
    for (let step = 0; step < this.#options.steps; step++) {
      await this.#step();
      await clock.advance(Math.floor(this.#random() * 20_000));
      this.#check(`step ${step}`);
    }
    await this.#rest();
    this.#agents.stop();
    this.#stop();
  }

  #random(): number {
    return this.#world.random.next();
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)]!;
  }

  async #startControlPlane(): Promise<void> {
    const { clock, random, ids } = this.#world;
    const { client, kill } = mortal(this.#world.client);
    const informers = startSharedInformers(client, { clock, random, log: silentLogger });
    await informers.synced();
    const context = { client, informers, clock, random, ids, log: silentLogger };
    const controllers = startControllers(context, {
      resources: fixedResources(RESOURCES),
      ca: 'CA',
      podCidr: '10.244.0.0/16',
      clientOf: (name) => authorizedClient(client, ACTING_USERS[name]!, this.#refused),
    });
    const scheduler = startScheduler({ ...context, client: authorizedClient(client, SCHEDULER, this.#refused) });
    this.#stop = () => {
      kill();
      scheduler.stop();
      controllers.stop();
      informers.stop();
    };
  }

  async #step(): Promise<void> {
    const actions: (() => Promise<void> | void)[] = [
      () =>
        this.#change('image', {
          template: { spec: { containers: [{ name: 'main', image: `example:${this.#pick([1, 2, 3])}` }] } },
        }),
      () =>
        this.#change('image', {
          template: { spec: { containers: [{ name: 'main', image: `example:${this.#pick([1, 2, 3])}` }] } },
        }),
      () => this.#change('scale', { replicas: Math.floor(this.#random() * 8) }),
      () =>
        this.#change('surge', {
          strategy: {
            rollingUpdate: this.#pick([
              { maxSurge: 0, maxUnavailable: 1 },
              { maxSurge: '50%', maxUnavailable: 0 },
              { maxSurge: 1, maxUnavailable: '34%' },
            ]),
          },
        }),
      () => this.#change('pause', { paused: this.#random() < 0.3 }),
      () => this.#delayWatches(),
      () => this.#world.client.store.cutWatches(),
      () => this.#world.client.store.compact(),
      () => this.#restart(),
      () => {
        this.#failureRate = this.#pick([0, 0.02, 0.2]);
      },
      ...(this.#options.losesNodes ? [() => this.#loseNode()] : []),
    ];
    await this.#pick(actions)();
  }

  async #change(what: string, spec: object): Promise<void> {
    const { client } = this.#world;
    const name = this.#pick(NAMES);
    this.#trace.push(`${what} ${name} ${JSON.stringify(spec)}`);
    const rate = this.#failureRate;
    this.#failureRate = 0;
    const changed: Deployment = await client.patch(DEPLOYMENTS, { namespace: 'default', name }, { spec } as never, {
      type: 'merge',
    });
    this.#failureRate = rate;
    this.#invariants.specChanged(changed, false);
  }

  #delayWatches(): void {
    const delay = this.#pick([0, 100, 3_000, 30_000]);
    const slow = this.#pick(RESOURCES).plural;
    this.#trace.push(`delay ${slow} ${delay}`);
    this.#world.client.store.watchDelayMs = (resource) => (resource.endsWith(`/${slow}`) ? delay : 0);
  }

  async #restart(): Promise<void> {
    this.#trace.push('restart');
    this.#stop();
    await this.#startControlPlane();
  }

  #loseNode(): void {
    const node = this.#pick(NODE_NAMES);
    this.#trace.push(`lose ${node}`);
    this.#agents.lose(node);
    const forMs = this.#pick([10_000, 60_000, 600_000]);
    this.#world.clock.after(forMs, () => this.#agents.recover(node));
  }

  /** No more faults: everything must come to what the specs say. */
  async #rest(): Promise<void> {
    const { client, clock } = this.#world;
    this.#failureRate = 0;
    client.store.watchDelayMs = () => 0;
    for (const name of NAMES) await this.#unpause(name);
    await clock.advance(REST_MS);
    this.#check('rest');
    for (const name of NAMES) this.#checkSettled(name);
  }

  async #unpause(name: string): Promise<void> {
    const key = { namespace: 'default', name };
    const changed = await this.#world.client.patch(DEPLOYMENTS, key, { spec: { paused: false } }, { type: 'merge' });
    this.#invariants.specChanged(changed, false);
  }

  #checkSettled(name: string): void {
    const { client } = this.#world;
    const deployment = client.all(DEPLOYMENTS).find(({ metadata }) => metadata?.name === name)!;
    const wanted = replicasOf(deployment);
    const pods = client.all(PODS).filter(({ metadata }) => metadata?.labels?.['app'] === name);
    const image = deployment.spec?.template.spec?.containers[0]?.image;
    const good = pods.filter((pod) => isPodActive(pod) && isPodReady(pod) && pod.spec?.containers[0]?.image === image);
    const problem = (text: string) =>
      this.#fail(`${name} did not settle: ${text}; status ${JSON.stringify(deployment.status)}`);
    if (pods.length !== wanted || good.length !== wanted)
      problem(`${pods.length} pods, ${good.length} good, ${wanted} wanted`);
    const { status } = deployment;
    if ((status?.availableReplicas ?? 0) !== wanted || status?.observedGeneration !== deployment.metadata?.generation)
      problem('status');
    const slices = client
      .all(ENDPOINT_SLICES)
      .filter(({ metadata }) => metadata?.labels?.['kubernetes.io/service-name'] === name);
    const addresses = slices.flatMap(({ endpoints }) =>
      endpoints.filter(({ conditions }) => conditions?.ready).flatMap((each) => each.addresses),
    );
    if (addresses.length !== wanted) problem(`${addresses.length} ready endpoints`);
    const old = client.all(ENDPOINTS).find(({ metadata }) => metadata?.name === name);
    const count = (old?.subsets ?? []).reduce((sum, { addresses = [] }) => sum + addresses.length, 0);
    if (count !== wanted) problem(`${count} addresses in Endpoints`);
  }

  #check(where: string): void {
    const [first] = this.#invariants.violations;
    if (first) this.#fail(`${where}: ${first}`);
    for (const refused of this.#refused) this.#fail(`${where}: ${refused}`);
  }

  #fail(what: string): never {
    throw new Error(`${what}\nreplay with SEED=${this.#options.seed}\n${this.#trace.join('\n')}`);
  }
}

/** A process's own client: once the process is killed, it sends nothing any more and hears no answers. */
function mortal(client: Client): { client: Client; kill: () => void } {
  let isDead = false;
  const never = new Promise<never>(() => {});
  const proxy = new Proxy(client, {
    get(target, name: keyof Client) {
      const method = target[name].bind(target) as (...args: unknown[]) => unknown;
      if (name === 'watch') return method;
      return async (...args: unknown[]) => {
        if (isDead) return never;
        const answer = await method(...args);
        return isDead ? never : answer;
      };
    },
  });
  return {
    client: proxy,
    kill: () => {
      isDead = true;
    },
  };
}

/** A git world whose loops run under a simulated clock, and plans on it: what is predicted and what then happens. */

import { systemRandom } from '../../../daemon/base/clock.ts';
import { cloneJson } from '../../../daemon/base/json.ts';
import { HOST_ADMINISTRATOR } from '../../../daemon/git/ports.ts';
import { countPlacement, type PodComparison, readPods } from '../../../daemon/plan/compare-pods.ts';
import type { PlanDocument } from '../../../daemon/plan/document.ts';
import type { Pace } from '../../../daemon/plan/model-agents.ts';
import { type PlanContext, type PlanRequest, planCommit } from '../../../daemon/plan/plan-commit.ts';
import { simulate } from '../../../daemon/plan/simulate.ts';
import { SimClock } from '../../../daemon/plan/simulated-clock.ts';
import { type SimulatedCluster, startSimulatedCluster } from '../../../daemon/plan/simulated-cluster.ts';
import { type Clone, createWorld, schemas, type World } from '../../git/support/world.ts';
import { makeNode } from '../../support/objects.ts';

export interface PlannedWorld extends World {
  readonly clock: SimClock;
  readonly cluster: SimulatedCluster;
  readonly person: Clone;
  readonly context: PlanContext;
  plan(commit: string, more?: Partial<PlanRequest>): Promise<PlanDocument>;
  /** Commits to a branch of its own and pushes that; resolves with the commit's id. */
  propose(files: Record<string, string | undefined>): Promise<string>;
  /** Pushes the proposed commit to the tracked branch and lets everything come to rest. */
  merge(): Promise<{ exitCode: number; stderr: string }>;
  placement(): PodComparison['placement'];
}

export interface PlannedWorldOptions {
  seed?: number;
  nodes?: readonly object[];
  pace?: Pace;
}

const NETWORK = { podCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/16' };

export async function createPlannedWorld(options: PlannedWorldOptions = {}): Promise<PlannedWorld> {
  const { seed = 7, nodes = ['n1', 'n2', 'n3'].map((name) => makeNode(name)), pace } = options;
  const world = await createWorld();
  for (const node of nodes) {
    const value = cloneJson(node) as ReturnType<typeof makeNode>;
    await world.store.commit([{ type: 'put', key: `/registry/core/nodes/${value.metadata?.name}`, value }]);
  }
  const clock = new SimClock(Date.now());
  const { structure } = world.git.engine.options.admission.environment;
  const start = { store: world.store, clock, ...NETWORK, seed, schemas, structure };
  const cluster = await startSimulatedCluster({ ...start, ...(pace ? { pace } : {}) });
  await cluster.rest();
  const person = await world.clone('person');
  const context: PlanContext = {
    engine: world.git.engine,
    schemas,
    clock,
    random: systemRandom,
    ...NETWORK,
    // As the worker gets it: a copy.
    simulate: (input) => simulate(structuredClone(input), { schemas, structure }),
  };
  const { close } = world;
  return Object.assign(world, {
    clock,
    cluster,
    person,
    context,
    plan: (commit: string, more: Partial<PlanRequest> = {}) =>
      planCommit(context, { commit, user: HOST_ADMINISTRATOR, ...more }),
    async propose(files: Record<string, string | undefined>) {
      await person.commit(files);
      await person.git('push', '-q', '-f', 'origin', 'HEAD:refs/heads/proposal');
      return (await person.git('rev-parse', 'HEAD')).stdout.trim();
    },
    async merge() {
      const pushed = await person.push();
      await cluster.rest();
      return pushed;
    },
    placement: () => countPlacement(readPods(world.store).pods),
    async close() {
      cluster.stop();
      await close();
    },
  });
}

/** Controllers over the fake client, with fake agents: what the tests of whole loops start. */

import { silentLogger } from '../../daemon/base/log.ts';
import type { ControllerContext, RunningController } from '../../daemon/controllers/shared/context.ts';
import { DEPLOYMENTS, EVENTS, PODS, REPLICA_SETS } from '../../daemon/kinds/resources.ts';
import type { Deployment, Pod, ReplicaSet } from '../../daemon/kinds/types.generated.ts';
import { type SharedInformers, startSharedInformers } from '../../daemon/runtime/shared-informers.ts';
import { FakeAgents } from '../simulation/fake-agents.ts';
import { createWorld, type World } from './objects.ts';

export interface ControlPlane extends World {
  informers: SharedInformers;
  agents: FakeAgents;
  context: ControllerContext;
  deployment(name: string): Deployment;
  replicaSets(): ReplicaSet[];
  pods(): Pod[];
  /** `reason message` of every event on objects of that kind, oldest first. */
  events(kind: string): string[];
  stop(): void;
}

export async function startControlPlane(
  starters: readonly ((context: ControllerContext) => RunningController)[],
  options: { seed?: number; nodes?: readonly string[]; startMs?: number; stopMs?: number; schedule?: boolean } = {},
): Promise<ControlPlane> {
  const world = createWorld(options.seed);
  const { client, clock, random, ids } = world;
  const { nodes = ['n1', 'n2', 'n3'], startMs = 2_000, stopMs = 2_000, schedule = true } = options;
  const agents = new FakeAgents({ client, clock, random, nodes, startMs, stopMs, schedule });
  await agents.start();
  const informers = startSharedInformers(client, { clock, random, log: silentLogger });
  await informers.synced();
  const context: ControllerContext = { client, informers, clock, random, ids, log: silentLogger };
  const running = starters.map((start) => start(context));
  return {
    ...world,
    informers,
    agents,
    context,
    deployment: (name) => client.all(DEPLOYMENTS).find(({ metadata }) => metadata?.name === name)!,
    replicaSets: () => client.all(REPLICA_SETS),
    pods: () => client.all(PODS),
    events: (kind) =>
      client
        .all(EVENTS)
        .filter(({ involvedObject }) => involvedObject.kind === kind)
        .map(({ reason, message }) => `${reason} ${message}`),
    stop: () => {
      for (const controller of running) controller.stop();
      informers.stop();
      agents.stop();
    },
  };
}

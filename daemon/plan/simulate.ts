/**
 * Plays a commit through on a copy of the cluster until nothing moves any more, and says what became of pods and services. Data in, data out: it
 * runs in a thread of its own (`worker.ts`).
 *
 * The course is as it will be: the loops run first on what is there, then the commit comes into force as one write.
 */

import type { AdmissionConfiguration } from '../admission/configuration.ts';
import type { Operation, Store } from '../store/store.ts';
import { comparePods, type PodComparison, readPods } from './compare-pods.ts';
import { compareServices, readServices, type ServiceChange } from './compare-services.ts';
import { type Hold, startReleases } from './releases.ts';
import { SimClock } from './simulated-clock.ts';
import {
  type Rest,
  type SimulatedCluster,
  type SimulatedClusterOptions,
  startSimulatedCluster,
} from './simulated-cluster.ts';
import { type EncodedSnapshot, openSnapshot } from './snapshot.ts';

export interface SimulatedCommit {
  /** What it writes, in order; whatever stands there by then. */
  operations: readonly Operation[];
  /** What it holds back until others are ready. */
  holds: readonly Hold[];
}

export interface SimulationInput extends SimulatedCommit {
  snapshot: EncodedSnapshot;
  /** Commits that come into force before it; what they do is not part of the outcome. */
  before: readonly SimulatedCommit[];
  /** Milliseconds since the epoch: when it comes into force. */
  now: number;
  podCidr: string;
  serviceCidr: string;
  /** Addresses and ports that were handed out by chance for this plan. */
  allocated: readonly string[];
  /** What the operator configures of admission. */
  admission?: AdmissionConfiguration;
}

export interface SimulationOutcome extends Rest {
  pods: PodComparison;
  services: ServiceChange[];
}

export async function simulate(
  input: SimulationInput,
  options: Pick<SimulatedClusterOptions, 'schemas' | 'structure'> = {},
): Promise<SimulationOutcome> {
  const { snapshot, podCidr, serviceCidr, now, admission } = input;
  const store = await openSnapshot(snapshot);
  const clock = new SimClock(now);
  const cluster = await startSimulatedCluster({ store, clock, podCidr, serviceCidr, seed: 1, admission, ...options });
  await cluster.quiet();
  for (const commit of input.before) await playThrough(store, cluster, commit);
  const podsBefore = readPods(store);
  const servicesBefore = readServices(store);
  const rest = await playThrough(store, cluster, input);
  cluster.stop();
  const outcome: SimulationOutcome = {
    pods: comparePods(podsBefore, readPods(store), cluster.agents.notStarting),
    services: compareServices(servicesBefore, readServices(store), {
      podCidr,
      nodes: store.range('/registry/core/nodes/').entries.map(({ value }) => value),
      allocated: input.allocated,
    }),
    ...rest,
  };
  await store.close();
  return outcome;
}

async function playThrough(
  store: Store,
  cluster: SimulatedCluster,
  { operations, holds }: SimulatedCommit,
): Promise<Rest> {
  const releases = startReleases(store, holds);
  await publish(store, operations);
  const rest = await cluster.rest();
  releases.stop();
  return rest;
}

async function publish(store: Store, operations: readonly Operation[]): Promise<void> {
  const present = operations.filter(({ type, key }) => type === 'put' || store.get(key) !== undefined);
  const result = await store.commit(present.map(({ expect: _expect, ...operation }) => operation as Operation));
  if (!result.ok) throw new Error(`the plan's own commit failed at ${present[result.failed]?.key}`);
}

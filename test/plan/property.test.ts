/**
 * What a plan predicts is what then happens: random commits on a cluster that stands still otherwise, each planned, then really pushed and published
 * and played out by loops that have run all along, with other ids, other chance and slower containers.
 * `SEED=17 npx vitest run test/plan/property` replays one seed; `SEEDS=20` tries more.
 */

import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../daemon/plan/simulated-clock.ts';
import { makeNode } from '../support/objects.ts';
import { deployment, service, type Workload } from './support/manifests.ts';
import { createPlannedWorld } from './support/planned-world.ts';

const one = process.env['SEED'];
const seeds = one ? [Number(one)] : Array.from({ length: Number(process.env['SEEDS'] ?? 2) }, (_, index) => index + 1);
const COMMITS = 20;
const NAMES = ['web', 'api', 'db', 'cache', 'queue'];

const nodes = ['n1', 'n2', 'n3', 'n4', 'n5'].map((name, index) =>
  makeNode(name, {
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': index < 3 ? 'east' : 'west' },
    },
    status: {
      capacity: { cpu: String(2 + (index % 3)), memory: '8Gi', pods: '20' },
      allocatable: { cpu: String(2 + (index % 3)), memory: '8Gi', pods: '20' },
    } as never,
  }),
);

/** A commit: one or two workloads made, changed or removed. */
class Author {
  readonly #random: () => number;
  readonly #workloads = new Map<string, Workload>();

  constructor(seed: number) {
    const random = seededRandom(seed);
    this.#random = () => random.next();
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)]!;
  }

  commit(number: number): Record<string, string | undefined> {
    // Always something, so that git has something to commit and the guard of emptied trees nothing to say.
    const files: Record<string, string | undefined> = {
      'about.yaml': `{apiVersion: v1, kind: ConfigMap, metadata: {name: about, namespace: default}, data: {n: "${number}"}}\n`,
    };
    const count = 1 + Math.floor(this.#random() * 2);
    for (let index = 0; index < count; index++) Object.assign(files, this.#change(this.#pick(NAMES)));
    return files;
  }

  #change(name: string): Record<string, string | undefined> {
    const known = this.#workloads.get(name);
    if (known && this.#random() < 0.15) {
      this.#workloads.delete(name);
      return { [`${name}.yaml`]: undefined, [`${name}-service.yaml`]: undefined };
    }
    const changes: (() => Workload)[] = [
      () => ({ replicas: Math.floor(this.#random() * 9) }),
      () => ({ replicas: Math.floor(this.#random() * 9) }),
      () => ({ image: `example:${Math.floor(this.#random() * 100)}` }),
      () => ({
        cpu: this.#pick(['100m', '400m', '900m', '1500m', '9']),
        image: this.#pick(['example:1', 'example:2']),
      }),
      () => ({ antiAffinity: this.#pick(['required', 'preferred', undefined]) }),
      () => ({ zone: this.#pick(['east', 'west', 'north', undefined]) }),
      () => ({ recreate: this.#random() < 0.5 }),
      () => ({
        maxSurge: this.#pick([0, 1, 2, '50%']),
        maxUnavailable: this.#pick([1, 2, '34%']),
        image: `example:${Math.floor(this.#random() * 100)}`,
      }),
      () => ({
        minReadySeconds: this.#pick([0, 20]),
        configMap: this.#pick([undefined, undefined, 'about', 'nowhere']),
      }),
    ];
    const next = { replicas: 2, ...known, ...this.#pick(changes)() };
    this.#workloads.set(name, next);
    return { [`${name}.yaml`]: deployment(name, next), [`${name}-service.yaml`]: service(name) };
  }
}

describe('what a plan predicts', () => {
  it.each(seeds)(
    'is what then happens, commit after commit (seed %i)',
    async (seed) => {
      const world = await createPlannedWorld({ seed, nodes, pace: { startMs: 7_000, stopMs: 3_000, workMs: 2_000 } });
      const author = new Author(seed);
      try {
        for (let number = 0; number < COMMITS; number++) {
          const commit = await world.propose(author.commit(number));
          const revision = world.store.revision;
          const plan = await world.plan(commit);
          expect(world.store.revision, 'a plan writes nothing').toBe(revision);
          expect(plan.problems).toEqual([]);
          const pushed = await world.merge();
          expect(pushed.exitCode, pushed.stderr).toBe(0);
          expect(plan.pods.placement, `commit ${number} of seed ${seed}`).toEqual(world.placement());
          if (number % 5 !== 4) continue;
          const again = await world.plan(commit);
          expect(again.result, 'what is in force and at rest changes nothing').toBe('unchanged');
        }
      } finally {
        await world.close();
      }
    },
    180_000,
  );
});

/**
 * Design invariant 6, watched at every write: non-terminating pods never exceed replicas + maxSurge, and no deletion by a controller
 * makes ready pods fewer than replicas − maxUnavailable. The bounds are those of every spec since the Deployment was last at rest,
 * because a controller may act on the one before.
 */

import { controllerOf } from '../../daemon/base/object.ts';
import { maxSurge, maxUnavailable, replicasOf } from '../../daemon/controllers/deployment/fenceposts.ts';
import { isPodActive, isPodReady } from '../../daemon/controllers/shared/pod.ts';
import { DEPLOYMENTS, PODS, REPLICA_SETS } from '../../daemon/kinds/resources.ts';
import type { Deployment, Pod } from '../../daemon/kinds/types.generated.ts';
import type { Call, FakeClient } from '../support/fake-client.ts';

interface Bounds {
  most: number;
  least: number;
}

export class Invariants {
  readonly violations: string[] = [];
  readonly #client: FakeClient;
  readonly #bounds = new Map<string, Bounds>();
  /** Pods may become unready without a controller's doing: then only the upper bound is judged. */
  readonly #judgesAvailability: boolean;

  constructor(client: FakeClient, judgesAvailability: boolean) {
    this.#client = client;
    this.#judgesAvailability = judgesAvailability;
  }

  /** Call after every change of a Deployment's spec. `atRest` forgets the earlier bounds. */
  specChanged(deployment: Deployment, atRest: boolean): void {
    const name = deployment.metadata?.name ?? '';
    const wanted = replicasOf(deployment);
    const now = { most: wanted + maxSurge(deployment), least: wanted - maxUnavailable(deployment) };
    if (deployment.spec?.strategy?.type === 'Recreate') now.least = 0;
    const before = atRest ? undefined : this.#bounds.get(name);
    this.#bounds.set(name, {
      most: Math.max(now.most, before?.most ?? 0),
      least: Math.min(now.least, before?.least ?? now.least),
    });
  }

  /** Call with every write, before it happens. */
  before({ verb, resource, key }: Call): void {
    if (verb !== 'delete' || resource !== 'pods' || !this.#judgesAvailability) return;
    const pod = this.#client.all(PODS).find(({ metadata }) => `${metadata?.namespace}/${metadata?.name}` === key);
    if (!pod || !isPodActive(pod) || !isPodReady(pod)) return;
    const name = this.#deploymentOf(pod);
    const bounds = name === undefined ? undefined : this.#bounds.get(name);
    if (!bounds) return;
    const ready = this.#podsOf(name!).filter((each) => isPodActive(each) && isPodReady(each)).length - 1;
    if (ready < bounds.least)
      this.violations.push(`${name}: deleting ${key} leaves ${ready} ready, fewer than ${bounds.least}`);
  }

  /** Call with every write, after it happened. */
  after({ verb, resource }: Call): void {
    if (verb !== 'create' || resource !== 'pods') return;
    for (const [name, bounds] of this.#bounds) {
      const count = this.#podsOf(name).filter(isPodActive).length;
      if (count > bounds.most) this.violations.push(`${name}: ${count} pods, more than ${bounds.most}`);
    }
  }

  #deploymentOf(pod: Pod): string | undefined {
    const owner = controllerOf(pod);
    const replicaSet = this.#client.all(REPLICA_SETS).find(({ metadata }) => metadata?.uid === owner?.uid);
    const deployment = replicaSet && controllerOf(replicaSet);
    return this.#client.all(DEPLOYMENTS).find(({ metadata }) => metadata?.uid === deployment?.uid)?.metadata?.name;
  }

  #podsOf(name: string): Pod[] {
    return this.#client.all(PODS).filter((pod) => this.#deploymentOf(pod) === name);
  }
}

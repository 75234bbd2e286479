/**
 * The environment that admission runs in, over a store: reads come from it, and the Service allocator follows it.
 */

import type { Clock, Ids, Random } from '../base/clock.ts';
import { registryKey, registryPrefix } from '../base/registry-key.ts';
import type { KindRegistry } from '../kinds/kind.ts';
import { SERVICES } from '../kinds/resources.ts';
import type { SchemaSet } from '../schema/node.ts';
import { createStructuralChecker, type StructuralChecker } from '../schema/validate.ts';
import type { Store } from '../store/store.ts';
import { createServiceAllocator } from './allocation/memory-allocator.ts';
import type { AdmissionEnvironment, ClusterView } from './contract.ts';

export interface EnvironmentOptions {
  store: Store;
  registry: KindRegistry;
  schemas: SchemaSet;
  clock: Clock;
  ids: Ids;
  random: Random;
  /** `10.96.0.0/16` */
  serviceCidr: string;
  /** Inclusive; 30000 to 32767 when not given. */
  nodePorts?: { first: number; last: number };
  /** One that was kept: it compiles each kind when it is first met. */
  structure?: StructuralChecker;
}

/** Follows the store for as long as it lives. */
export function createAdmissionEnvironment(options: EnvironmentOptions): AdmissionEnvironment & {
  readonly services: NonNullable<AdmissionEnvironment['services']>;
} {
  const { store, registry, schemas, clock, ids, random, serviceCidr, nodePorts } = options;
  const prefix = registryPrefix(SERVICES);
  const { entries, revision } = store.range(prefix);
  const services = createServiceAllocator({
    serviceCidr,
    nodePorts,
    random,
    services: entries.map(({ value }) => value),
  });
  store.subscribe(prefix, revision, {
    events(batch) {
      for (const { type, value, previous } of batch)
        services.observe(previous?.value, type === 'put' ? value : undefined);
    },
  });
  const structure = options.structure ?? createStructuralChecker(schemas);
  return { registry, schemas, structure, cluster: clusterOf(store), clock, ids, services };
}

/** What stands in the store now. */
function clusterOf(store: Store): ClusterView {
  return {
    get: (resource, key) => store.get(registryKey(resource, key))?.value,
    list: (resource) => store.range(registryPrefix(resource)).entries.map(({ value }) => value),
  };
}

/**
 * The environment that admission runs in, over a store: reads come from it; the Service allocator and the quota ledger follow it.
 */

import type { Authorizer } from '../auth/user.ts';
import type { Clock, Ids, Random } from '../base/clock.ts';
import { registryPrefix } from '../base/registry-key.ts';
import type { KindRegistry } from '../kinds/kind.ts';
import { SERVICES } from '../kinds/resources.ts';
import type { SchemaSet } from '../schema/node.ts';
import { createStructuralChecker, type StructuralChecker } from '../schema/validate.ts';
import type { Store } from '../store/store.ts';
import { createServiceAllocator } from './allocation/memory-allocator.ts';
import { createClusterView } from './cluster-view.ts';
import { type AdmissionConfiguration, DEFAULT_CONFIGURATION } from './configuration.ts';
import type { AdmissionEnvironment } from './contract.ts';
import { createQuotaLedger } from './quota/memory-ledger.ts';

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
  authorizer?: Authorizer;
  /** Without it the plugins are as without a file. */
  configuration?: AdmissionConfiguration | undefined;
  /** One that was kept: it compiles each kind when it is first met. */
  structure?: StructuralChecker;
}

/** Follows the store for as long as it lives. */
export function createAdmissionEnvironment(options: EnvironmentOptions): AdmissionEnvironment & {
  readonly services: NonNullable<AdmissionEnvironment['services']>;
  readonly quotas: NonNullable<AdmissionEnvironment['quotas']>;
} {
  const { store, registry, schemas, clock, ids, random, serviceCidr, nodePorts, authorizer } = options;
  const { configuration = DEFAULT_CONFIGURATION } = options;
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
  const quotas = createQuotaLedger(store, clock);
  const structure = options.structure ?? createStructuralChecker(schemas);
  const cluster = createClusterView(store);
  const environment = { registry, schemas, structure, cluster, clock, ids, services, quotas, configuration };
  return { ...environment, ...(authorizer ? { authorizer } : {}) };
}

/**
 * Priority and fairness as the cluster's own objects say: read from the store, and again whenever one of them changes.
 */

import { readConfiguration } from '../api/http/fairness/configuration.ts';
import { createFairness, type Fairness, type FairnessObserver, SEATS } from '../api/http/fairness/fairness.ts';
import { createFairnessMetrics } from '../api/http/fairness/metrics.ts';
import type { Metrics } from '../api/http/metrics.ts';
import type { Clock } from '../base/clock.ts';
import { registryPrefix } from '../base/registry-key.ts';
import { FLOW_SCHEMAS, PRIORITY_LEVEL_CONFIGURATIONS } from '../kinds/resources.ts';
import type { Store } from '../store/store.ts';

const SCHEMAS = registryPrefix(FLOW_SCHEMAS);
const LEVELS = registryPrefix(PRIORITY_LEVEL_CONFIGURATIONS);

export function startFairness(store: Store, clock: Clock, { registry }: Metrics): Fairness {
  const values = (prefix: string) => store.range(prefix).entries.map(({ value }) => value);
  const configuration = () => readConfiguration(values(SCHEMAS), values(LEVELS), SEATS);
  let observer: FairnessObserver | undefined;
  const fairness = createFairness(configuration(), {
    clock,
    count: ({ group, plural, namespace }) => store.count(registryPrefix({ group, plural }, namespace)),
    observer: {
      dispatched: (schema, level, waitedMs) => observer?.dispatched(schema, level, waitedMs),
      rejected: (schema, level, reason) => observer?.rejected(schema, level, reason),
    },
  });
  observer = createFairnessMetrics(registry, () => fairness.levels());
  const events = () => fairness.configure(configuration());
  store.subscribe(SCHEMAS, store.revision, { events });
  store.subscribe(LEVELS, store.revision, { events });
  return fairness;
}

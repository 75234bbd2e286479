/** The kept lists of the cluster's view: whatever is written, they say what the store says. */

import { describe, expect, it } from 'vitest';
import { createClusterView } from '../../daemon/admission/cluster-view.ts';
import { registryKey, registryPrefix } from '../../daemon/base/registry-key.ts';
import {
  CONFIG_MAPS,
  LIMIT_RANGES,
  RESOURCE_QUOTAS,
  VALIDATING_ADMISSION_POLICIES,
} from '../../daemon/kinds/resources.ts';
import { createStore } from '../../daemon/store/create-store.ts';
import { createMemoryLog } from '../../daemon/store/memory-log.ts';
import type { Operation } from '../../daemon/store/store.ts';
import { seededRandom } from '../support/sim-clock.ts';

const RESOURCES = [LIMIT_RANGES, RESOURCE_QUOTAS, VALIDATING_ADMISSION_POLICIES, CONFIG_MAPS];
const NAMESPACES = ['a', 'b', 'ab'];
const NAMES = ['one', 'two', 'three'];

describe('the view of the cluster', () => {
  it('lists what the store has, after any writes', async () => {
    const random = seededRandom(7);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random.next() * from.length)]!;
    const store = await createStore(createMemoryLog());
    const view = createClusterView(store);
    for (let round = 0; round < 300; round++) {
      const operations = new Map<string, Operation>();
      for (let count = 1 + Math.floor(random.next() * 3); count > 0; count--) {
        const resource = pick(RESOURCES);
        const metadata = { name: pick(NAMES), ...(resource.namespaced ? { namespace: pick(NAMESPACES) } : {}) };
        const key = registryKey(resource, metadata);
        const isGone = store.get(key) !== undefined && random.next() < 0.4;
        const value = { apiVersion: 'v1', kind: resource.kind, metadata };
        operations.set(key, isGone ? { type: 'delete', key } : { type: 'put', key, value });
      }
      await store.commit([...operations.values()]);
      for (const resource of RESOURCES) {
        for (const namespace of resource.namespaced ? [undefined, ...NAMESPACES] : [undefined]) {
          const stored = store.range(registryPrefix(resource, namespace)).entries.map(({ value }) => value);
          expect(view.list(resource, namespace)).toEqual(stored);
        }
      }
    }
  });

  it('gives the same list until something in it is written', async () => {
    const store = await createStore(createMemoryLog());
    const view = createClusterView(store);
    const put = (namespace: string) => {
      const metadata = { name: 'one', namespace };
      const value = { apiVersion: 'v1', kind: 'LimitRange', metadata };
      return store.commit([{ type: 'put', key: registryKey(LIMIT_RANGES, metadata), value }]);
    };
    await put('a');
    const [ofA, all] = [view.list(LIMIT_RANGES, 'a'), view.list(LIMIT_RANGES)];
    await put('b');
    expect(view.list(LIMIT_RANGES, 'a')).toBe(ofA);
    expect(view.list(LIMIT_RANGES)).not.toBe(all);
    expect(view.list(LIMIT_RANGES)).toHaveLength(2);
    await put('a');
    expect(view.list(LIMIT_RANGES, 'a')).not.toBe(ofA);
  });
});

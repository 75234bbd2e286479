/** What a judgement has looked at: which writes could have changed it, and which could not. */

import { describe, expect, it } from 'vitest';
import { ReadRecord } from '../../daemon/admission/read-record.ts';
import { registryKey } from '../../daemon/base/registry-key.ts';
import {
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  LEASES,
  LIMIT_RANGES,
  NAMESPACES,
  VALIDATING_ADMISSION_POLICIES,
} from '../../daemon/kinds/resources.ts';
import { createEnvironment } from './support.ts';

const ALICE = { username: 'alice', groups: [] };

describe('what a judgement has looked at', () => {
  it('is touched by writes of it alone', () => {
    const record = new ReadRecord();
    const { cluster } = record.follow(createEnvironment([]));
    cluster.get(NAMESPACES, { name: 'default' });
    cluster.get(CONFIG_MAPS, { namespace: 'a', name: 'wanted' });
    cluster.list(LIMIT_RANGES, 'a');
    cluster.list(VALIDATING_ADMISSION_POLICIES);
    const isTouched = (resource: Parameters<typeof registryKey>[0], name: string, namespace?: string) =>
      record.isTouchedBy(registryKey(resource, { name, ...(namespace ? { namespace } : {}) }));
    expect(isTouched(NAMESPACES, 'default')).toBe(true);
    expect(isTouched(NAMESPACES, 'other')).toBe(false);
    expect(isTouched(CONFIG_MAPS, 'wanted', 'a')).toBe(true);
    expect(isTouched(CONFIG_MAPS, 'wanted', 'b')).toBe(false);
    expect(isTouched(LIMIT_RANGES, 'new', 'a')).toBe(true);
    expect(isTouched(LIMIT_RANGES, 'new', 'b')).toBe(false);
    expect(isTouched(VALIDATING_ADMISSION_POLICIES, 'new')).toBe(true);
    expect(isTouched(LEASES, 'node', 'kube-node-lease')).toBe(false);
    cluster.get(NAMESPACES, { name: 'other' });
    expect(isTouched(NAMESPACES, 'other')).toBe(true);
  });

  it('always has the kinds in it', () => {
    expect(new ReadRecord().isTouchedBy(registryKey(CUSTOM_RESOURCE_DEFINITIONS, { name: 'a.example' }))).toBe(true);
  });

  it('is everything once rights were asked about', () => {
    const record = new ReadRecord();
    const authorizer = { authorize: () => ({ allowed: true, reason: '' }) };
    const followed = record.follow({ ...createEnvironment([]), authorizer });
    const lease = registryKey(LEASES, { namespace: 'kube-node-lease', name: 'node' });
    expect(record.isTouchedBy(lease)).toBe(false);
    followed.authorizer?.authorize(ALICE, { verb: 'get', path: '/' });
    expect(record.isTouchedBy(lease)).toBe(true);
  });
});

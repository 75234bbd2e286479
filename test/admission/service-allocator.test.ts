/** The allocator: nobody gets what another holds, whatever happens in which order. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createServiceAllocator } from '../../daemon/admission/allocation/memory-allocator.ts';
import { parseServiceCidr, pickFree } from '../../daemon/admission/allocation/ranges.ts';
import { formatIpv4, parseIpv4 } from '../../daemon/base/ipv4.ts';
import type { Service } from '../../daemon/kinds/types.generated.ts';
import { seededRandom } from '../support/sim-clock.ts';

const service = (name: string, spec: object = {}): Service => ({
  metadata: { name, namespace: 'n' },
  spec: { type: 'NodePort', ports: [{ port: 80, protocol: 'TCP' }], ...spec },
});
const create = (services: Service[] = [], cidr = '10.0.0.0/28') =>
  createServiceAllocator({
    serviceCidr: cidr,
    nodePorts: { first: 30_000, last: 30_009 },
    random: seededRandom(1),
    services,
  });

describe('ranges', () => {
  it('leaves out the network and broadcast addresses, and keeps a lower part for requests', () => {
    expect(parseServiceCidr('10.96.0.7/16')).toEqual({
      text: '10.96.0.0/16',
      addresses: { first: parseIpv4('10.96.0.1'), last: parseIpv4('10.96.255.254'), dynamicOffset: 256 },
    });
    for (const bad of ['10.96.0.0', '10.96.0.0/31', 'fd00::/108', '10.96.0/16', '300.0.0.0/8'])
      expect(() => parseServiceCidr(bad), bad).toThrow(/service CIDR/);
  });

  it('reads and writes addresses', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => parseIpv4(formatIpv4(value)) === value),
      { seed: 1 },
    );
    for (const bad of ['1.2.3', '1.2.3.4.5', '01.2.3.4', '1.2.3.256', '', 'a.b.c.d'])
      expect(parseIpv4(bad)).toBeUndefined();
  });

  it('finds the last free number wherever it begins to look', () => {
    const range = { first: 10, last: 40, dynamicOffset: 16 };
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 40 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (free, random) => {
        expect(pickFree(range, (value) => value !== free, random)).toBe(free);
      }),
      { seed: 2 },
    );
    expect(pickFree(range, () => true, 0.5)).toBeUndefined();
  });
});

describe('the allocator', () => {
  it('takes what a stored Service gives up when two claim one number', () => {
    const allocator = create();
    const old = service('old', { clusterIP: '10.0.0.3', clusterIPs: ['10.0.0.3'] });
    const heir = service('heir', { clusterIP: '10.0.0.3', clusterIPs: ['10.0.0.3'] });
    allocator.observe(undefined, old);
    expect(allocator.allocate(structuredClone(heir), undefined).errors).toHaveLength(1);
    const { reservation, errors } = allocator.allocate(structuredClone(heir), undefined, new Set(['n/old']));
    expect(errors).toEqual([]);
    // The publication's order: the heir is stored, then the old one goes.
    allocator.observe(undefined, heir);
    allocator.observe(old, undefined);
    reservation.commit();
    expect(allocator.allocate(service('third', { clusterIP: '10.0.0.3' }), undefined).errors).toHaveLength(1);
    allocator.observe(heir, undefined);
    expect(allocator.allocate(service('third', { clusterIP: '10.0.0.3' }), undefined).errors).toEqual([]);
  });

  it('says which families it has', () => {
    const dual = create().allocate(service('a', { ipFamilyPolicy: 'RequireDualStack' }), undefined);
    expect(dual.errors).toMatchObject([
      { field: 'spec.ipFamilyPolicy', detail: 'this cluster is not configured for dual-stack services' },
    ]);
    const six = create().allocate(service('a', { ipFamilies: ['IPv6'] }), undefined);
    expect(six.errors).toMatchObject([{ field: 'spec.ipFamilies[0]', detail: 'not configured on this cluster' }]);
  });

  it('never gives one number twice, and loses none (model-checked)', () => {
    const steps = fc.array(
      fc.record({
        name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        act: fc.constantFrom('write', 'fail', 'delete'),
        clusterIP: fc.constantFrom(undefined, undefined, '10.0.0.2', '10.0.0.5'),
        nodePort: fc.constantFrom(undefined, undefined, 30_001, 30_004),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (script) => {
        const allocator = create();
        const stored = new Map<string, Service>();
        for (const { name, act, clusterIP, nodePort } of script) {
          const old = stored.get(name);
          if (act === 'delete') {
            if (old) allocator.observe(old, undefined);
            stored.delete(name);
            continue;
          }
          if (old) continue;
          const next = service(name, { clusterIP, ports: [{ port: 80, nodePort }] });
          const { reservation, errors } = allocator.allocate(next, old);
          const others = [...stored.values()].map(({ spec }) => spec!);
          const taken = others.some(
            (spec) => spec.clusterIP === clusterIP || (nodePort && spec.ports?.[0]?.nodePort === nodePort),
          );
          expect(errors.length > 0).toBe(taken);
          if (errors.length > 0) continue;
          if (act === 'fail') {
            reservation.rollback();
            continue;
          }
          stored.set(name, next);
          allocator.observe(old, next);
          reservation.commit();
          const addresses = [...stored.values()].map(({ spec }) => spec!.clusterIP);
          const ports = [...stored.values()].map(({ spec }) => spec!.ports![0]!.nodePort);
          expect(new Set(addresses).size).toBe(stored.size);
          expect(new Set(ports).size).toBe(stored.size);
        }
      }),
      { seed: 11, numRuns: 200 },
    );
  });
});

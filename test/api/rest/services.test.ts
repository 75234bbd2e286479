/** Services: addresses and ports given with the write, given back with its failure or the Service's end. */

import { describe, expect, it } from 'vitest';
import { deleteObject } from '../../../daemon/api/rest/delete.ts';
import { patchObject } from '../../../daemon/api/rest/patch.ts';
import { updateObject } from '../../../daemon/api/rest/update.ts';
import { cloneJson } from '../../../daemon/base/json.ts';
import { SERVICES } from '../../../daemon/kinds/resources.ts';
import type { Service, ServiceSpec } from '../../../daemon/kinds/types.generated.ts';
import { createRest, type Rest, refusalOf } from './support.ts';

const service = (name: string, spec: ServiceSpec = {}): Service => ({
  metadata: { name },
  spec: { selector: { a: 'b' }, ports: [{ port: 80 }], ...spec },
});
const patch = async (rest: Rest, name: string, spec: ServiceSpec): Promise<ServiceSpec> => {
  const { entry } = await patchObject(rest.context, rest.target(SERVICES, name), { spec } as never, { type: 'merge' });
  return (entry.value as Service).spec!;
};
const remove = (rest: Rest, name: string) => deleteObject(rest.context, rest.target(SERVICES, name));

describe('service addresses', () => {
  it('gives each its own, out of the upper part of the range', async () => {
    const rest = await createRest();
    const made = await Promise.all(['a', 'b', 'c'].map((name) => rest.create(SERVICES, service(name))));
    const addresses = made.map(({ spec }) => spec!.clusterIP!);
    expect(new Set(addresses).size).toBe(3);
    for (const address of addresses) expect(Number(address.split('.')[3])).toBeGreaterThan(16);
    expect(made[0]?.spec).toMatchObject({
      clusterIPs: [addresses[0]],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    });
    expect(JSON.stringify(made[0]?.metadata?.managedFields)).not.toContain('f:clusterIP"');
  });

  it('takes the address that is asked for, once', async () => {
    const rest = await createRest();
    await rest.create(SERVICES, service('a', { clusterIP: '10.96.0.10' }));
    const taken = await refusalOf(rest.create(SERVICES, service('b', { clusterIP: '10.96.0.10' })));
    expect(taken).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(taken.message).toBe(
      'Service "b" is invalid: spec.clusterIPs: Invalid value: []string{"10.96.0.10"}: failed to allocate IP 10.96.0.10: provided IP is already allocated',
    );
    const outside = await refusalOf(rest.create(SERVICES, service('b', { clusterIP: '10.97.0.1' })));
    expect(outside.message).toContain('is not in the valid range. The range of valid IPs is 10.96.0.0/24');
    await remove(rest, 'a');
    const again = await rest.create(SERVICES, service('b', { clusterIP: '10.96.0.10' }));
    expect(again.spec?.clusterIP).toBe('10.96.0.10');
  });

  it('gives none to headless and external ones', async () => {
    const rest = await createRest();
    const headless = await rest.create(SERVICES, service('h', { clusterIP: 'None' }));
    expect(headless.spec).toMatchObject({ clusterIP: 'None', clusterIPs: ['None'] });
    const external = await rest.create(SERVICES, {
      metadata: { name: 'e' },
      spec: { type: 'ExternalName', externalName: 'x.y' },
    });
    expect(external.spec?.clusterIP).toBeUndefined();
  });

  it.each<[string, object, object]>([
    ['one with a selector', {}, { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'] }],
    ['one without', { selector: {} }, { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] }],
    [
      'one without, of the other family',
      { selector: {}, ipFamilies: ['IPv6'] },
      { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] },
    ],
    [
      'one without, of one family',
      { selector: {}, ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] },
      { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] },
    ],
  ])('chooses the families of a headless Service: %s', async (_, spec, expected) => {
    const rest = await createRest();
    const made = await rest.create(SERVICES, service('h', { clusterIP: 'None', selector: { a: 'b' }, ...spec }));
    expect(made.spec).toMatchObject(expected);
  });

  it('refuses two families for a policy of one', async () => {
    const rest = await createRest();
    const spec = { clusterIP: 'None', selector: {}, ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4', 'IPv6'] };
    expect((await refusalOf(rest.create(SERVICES, service('h', spec)))).message).toBe(
      'Service "h" is invalid: spec.ipFamilyPolicy: Invalid value: "SingleStack": must be \'RequireDualStack\' or \'PreferDualStack\' when multiple IP families are specified',
    );
  });

  it('keeps the address through updates that do not name it, and refuses to change it', async () => {
    const rest = await createRest();
    const made = await rest.create(SERVICES, service('a'));
    const body = cloneJson(service('a', { ports: [{ port: 81 }] }));
    const { entry } = await updateObject(rest.context, rest.target(SERVICES, 'a'), body);
    expect((entry.value as Service).spec?.clusterIP).toBe(made.spec?.clusterIP);
    const changed = patch(rest, 'a', { clusterIP: '10.96.0.77', clusterIPs: ['10.96.0.77'] });
    expect((await refusalOf(changed)).message).toContain('may not change once set');
  });

  it('holds nothing for what was not written', async () => {
    const rest = await createRest();
    await rest.create(SERVICES, service('a', { clusterIP: '10.96.0.9' }), { dryRun: true });
    const twice = rest.create(SERVICES, service('b', { clusterIP: '10.96.0.9', ports: [{ port: 0 }] }));
    await refusalOf(twice);
    const made = await rest.create(SERVICES, service('c', { clusterIP: '10.96.0.9' }));
    expect(made.spec?.clusterIP).toBe('10.96.0.9');
    // Taken by `c`: the loser of a race for one name gives back what it got.
    await Promise.allSettled(['d', 'd', 'd', 'd'].map((name) => rest.create(SERVICES, service(name))));
    const addresses = new Set<string>();
    for (let index = 0; index < 252; index++)
      addresses.add((await rest.create(SERVICES, service(`s${index}`))).spec!.clusterIP!);
    expect(addresses.size).toBe(252);
    expect((await refusalOf(rest.create(SERVICES, service('full')))).message).toContain('range is full');
  });
});

describe('node ports', () => {
  it('gives them where the type needs them and gives them back', async () => {
    const rest = await createRest();
    await rest.create(SERVICES, service('a'));
    const [port] = (await patch(rest, 'a', { type: 'NodePort' })).ports!;
    expect(port?.nodePort).toBeGreaterThanOrEqual(30_000);
    expect(port?.nodePort).toBeLessThanOrEqual(32_767);
    const plain = await patch(rest, 'a', { type: 'ClusterIP' });
    expect(plain.ports?.[0]?.nodePort).toBeUndefined();
    const other = await rest.create(
      SERVICES,
      service('b', { type: 'NodePort', ports: [{ port: 80, nodePort: port!.nodePort! }] }),
    );
    expect(other.spec?.ports?.[0]?.nodePort).toBe(port?.nodePort);
  });

  it('refuses what is taken or out of range', async () => {
    const rest = await createRest();
    const asking = (name: string, nodePort: number) =>
      rest.create(SERVICES, service(name, { type: 'NodePort', ports: [{ port: 80, nodePort }] }));
    await asking('a', 30_080);
    expect((await refusalOf(asking('b', 30_080))).message).toBe(
      'Service "b" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated',
    );
    expect((await refusalOf(asking('b', 80))).message).toBe(
      'Service "b" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
    );
  });

  it('shares one between the protocols of one port', async () => {
    const rest = await createRest();
    const ports = [
      { name: 'udp', port: 53, protocol: 'UDP' },
      { name: 'tcp', port: 53, protocol: 'TCP' },
    ];
    const made = await rest.create(SERVICES, service('dns', { type: 'NodePort', ports }));
    const [udp, tcp] = made.spec!.ports!;
    expect(udp?.nodePort).toBe(tcp?.nodePort);
  });

  it('knows after a restart what is taken', async () => {
    const rest = await createRest();
    await rest.create(SERVICES, service('a', { type: 'NodePort', ports: [{ port: 80, nodePort: 30_080 }] }));
    const { createAdmissionEnvironment } = await import('../../../daemon/admission/environment.ts');
    const { store, registry, schemas, clock, ids, random } = rest.context;
    const admission = createAdmissionEnvironment({
      store,
      registry,
      schemas,
      clock,
      ids,
      random,
      serviceCidr: '10.96.0.0/24',
    });
    const { errors } = admission.services.allocate(
      {
        metadata: { name: 'b', namespace: 'default' },
        spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 30_080 }] },
      } as Service,
      undefined,
    );
    expect(errors).toMatchObject([{ detail: 'provided port is already allocated' }]);
  });
});

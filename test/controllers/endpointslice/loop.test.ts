import { describe, expect, it } from 'vitest';
import { start as startEndpoints } from '../../../daemon/controllers/endpoints/loop.ts';
import { start as startSlices } from '../../../daemon/controllers/endpointslice/loop.ts';
import { start as startMirroring } from '../../../daemon/controllers/endpointslicemirroring/loop.ts';
import { ENDPOINT_SLICES, ENDPOINTS, PODS, SERVICES } from '../../../daemon/kinds/resources.ts';
import type { Pod } from '../../../daemon/kinds/types.generated.ts';
import { type ControlPlane, startControlPlane } from '../../support/control-plane.ts';
import { makePod, makeService } from '../../support/objects.ts';

const start = () => startControlPlane([startEndpoints, startSlices, startMirroring], { startMs: 1, stopMs: 60_000 });

const webPod = (name: string, port = 8080): Pod =>
  makePod(name, {
    metadata: { labels: { app: 'web' } },
    spec: {
      containers: [{ name: 'c', ports: [{ name: 'http', containerPort: port }] }],
      terminationGracePeriodSeconds: 60,
    },
  });

const slices = (plane: ControlPlane) => plane.client.all(ENDPOINT_SLICES);

describe('the EndpointSlice and Endpoints loops', () => {
  it('list ready pods with node, port and owner, as upstream labels them', async () => {
    const plane = await start();
    await plane.client.create(SERVICES, {
      ...makeService('web', { ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }] }),
      metadata: { name: 'web', namespace: 'default', labels: { tier: 'front' } },
    });
    await plane.client.create(PODS, webPod('a'));
    await plane.clock.advance(1_000);
    const [slice] = slices(plane);
    const pod = plane.pods()[0]!;
    expect(slice).toMatchObject({
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      endpoints: [
        {
          addresses: [pod.status!.podIP],
          conditions: { ready: true, serving: true, terminating: false },
          nodeName: pod.spec!.nodeName,
          targetRef: { kind: 'Pod', name: 'a', namespace: 'default', uid: pod.metadata!.uid },
        },
      ],
      metadata: {
        generateName: 'web-',
        labels: {
          tier: 'front',
          'kubernetes.io/service-name': 'web',
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
        ownerReferences: [
          { apiVersion: 'v1', kind: 'Service', name: 'web', controller: true, blockOwnerDeletion: true },
        ],
      },
    });
    const [endpoints] = plane.client.all(ENDPOINTS);
    expect(endpoints).toMatchObject({
      metadata: { name: 'web', labels: { tier: 'front' } },
      subsets: [
        {
          addresses: [{ ip: pod.status!.podIP, nodeName: pod.spec!.nodeName }],
          ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
        },
      ],
    });
    plane.stop();
  });

  it('mark a terminating pod as serving and not ready; Endpoints drop it', async () => {
    const plane = await start();
    await plane.client.create(SERVICES, makeService('web'));
    await plane.client.create(PODS, webPod('a'));
    await plane.clock.advance(1_000);
    await plane.client.delete(PODS, { namespace: 'default', name: 'a' });
    await plane.clock.advance(100);
    expect(slices(plane)[0]?.endpoints[0]?.conditions).toEqual({ ready: false, serving: true, terminating: true });
    expect(plane.client.all(ENDPOINTS)[0]?.subsets).toEqual([]);
    plane.stop();
  });

  it('keep one empty slice for a service without pods, and delete Endpoints with the service', async () => {
    const plane = await start();
    await plane.client.create(SERVICES, makeService('web'));
    await plane.clock.advance(100);
    expect(slices(plane)).toMatchObject([{ endpoints: [], ports: [] }]);
    expect(plane.client.all(ENDPOINTS)).toHaveLength(1);
    await plane.client.delete(SERVICES, { namespace: 'default', name: 'web' });
    await plane.clock.advance(100);
    expect(plane.client.all(ENDPOINTS)).toEqual([]);
    plane.stop();
  });

  it('hold at most 100 endpoints a slice and change only the slice concerned', async () => {
    const plane = await start();
    await plane.client.create(SERVICES, makeService('web'));
    for (let index = 0; index < 230; index++) await plane.client.create(PODS, webPod(`p${index}`));
    await plane.clock.advance(5_000);
    const sizes = slices(plane).map(({ endpoints }) => endpoints.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
    expect(sizes.reduce((a, b) => a + b)).toBe(230);
    const before = new Map(slices(plane).map(({ metadata }) => [metadata!.name, metadata!.resourceVersion]));
    const key = { namespace: 'default', name: 'p7' };
    await plane.client.patch(
      PODS,
      key,
      { status: { conditions: [{ type: 'Ready', status: 'False' }] } },
      { type: 'merge', subresource: 'status' },
    );
    await plane.clock.advance(0);
    const changed = slices(plane).filter(({ metadata }) => before.get(metadata!.name) !== metadata!.resourceVersion);
    expect(changed).toHaveLength(1);
    plane.stop();
  });

  it('separate pods whose named port has another number', async () => {
    const plane = await start();
    await plane.client.create(
      SERVICES,
      makeService('web', { ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }] }),
    );
    await plane.client.create(PODS, webPod('a', 8080));
    await plane.client.create(PODS, webPod('b', 9090));
    await plane.clock.advance(1_000);
    expect(
      slices(plane)
        .map(({ ports }) => ports?.[0]?.port)
        .sort(),
    ).toEqual([8080, 9090]);
    expect(plane.client.all(ENDPOINTS)[0]?.subsets).toHaveLength(2);
    plane.stop();
  });

  it('mirror hand-made Endpoints of a service without selector, and stop when it gets one', async () => {
    const plane = await start();
    await plane.client.create(SERVICES, makeService('db', { selector: undefined }));
    await plane.client.create(ENDPOINTS, {
      metadata: { name: 'db', namespace: 'default' },
      subsets: [
        {
          addresses: [{ ip: '192.0.2.1' }],
          notReadyAddresses: [{ ip: '192.0.2.2' }],
          ports: [{ port: 5432, protocol: 'TCP' }],
        },
      ],
    });
    await plane.clock.advance(100);
    expect(slices(plane)).toMatchObject([
      {
        metadata: { labels: { 'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io' } },
        endpoints: [
          { addresses: ['192.0.2.1'], conditions: { ready: true } },
          { addresses: ['192.0.2.2'], conditions: { ready: false } },
        ],
        ports: [{ port: 5432 }],
      },
    ]);
    await plane.client.delete(ENDPOINTS, { namespace: 'default', name: 'db' });
    await plane.clock.advance(100);
    expect(slices(plane)).toEqual([]);
    plane.stop();
  });
});

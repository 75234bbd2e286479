import { describe, expect, it } from 'vitest';
import { start } from '../../../daemon/controllers/namespace/loop.ts';
import { start as startRootCa } from '../../../daemon/controllers/rootca/loop.ts';
import { start as startServiceAccount } from '../../../daemon/controllers/serviceaccount/loop.ts';
import { CONFIG_MAPS, NAMESPACES, PODS, SERVICE_ACCOUNTS } from '../../../daemon/kinds/resources.ts';
import { startControlPlane } from '../../support/control-plane.ts';
import { makePod } from '../../support/objects.ts';

const resources = [CONFIG_MAPS, PODS, SERVICE_ACCOUNTS];
const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };

const startAll = () =>
  startControlPlane(
    [
      (context) => start(context, { resources: () => resources }),
      startServiceAccount,
      (context) => startRootCa(context, { ca: 'PEM' }),
    ],
    { stopMs: 5_000 },
  );

describe('the namespace loops', () => {
  it('give each namespace its service account and root CA, and again when deleted', async () => {
    const plane = await startAll();
    await plane.client.create(NAMESPACES, namespace);
    await plane.clock.advance(100);
    expect(plane.client.all(SERVICE_ACCOUNTS)).toMatchObject([{ metadata: { name: 'default', namespace: 'shop' } }]);
    const key = { namespace: 'shop', name: 'kube-root-ca.crt' };
    expect((await plane.client.get(CONFIG_MAPS, key)).data).toEqual({ 'ca.crt': 'PEM' });
    await plane.client.delete(SERVICE_ACCOUNTS, { namespace: 'shop', name: 'default' });
    await plane.client.patch(CONFIG_MAPS, key, { data: { 'ca.crt': 'forged' } }, { type: 'merge' });
    await plane.clock.advance(100);
    expect(plane.client.all(SERVICE_ACCOUNTS)).toHaveLength(1);
    expect((await plane.client.get(CONFIG_MAPS, key)).data).toEqual({ 'ca.crt': 'PEM' });
    plane.stop();
  });

  it('empty a deleted namespace, say what is left, and let it go', async () => {
    const plane = await startAll();
    await plane.client.create(NAMESPACES, namespace);
    await plane.client.create(PODS, makePod('web', { metadata: { namespace: 'shop' } }));
    await plane.client.create(CONFIG_MAPS, {
      metadata: { name: 'held', namespace: 'shop', finalizers: ['example.com/hold'] },
    });
    await plane.clock.advance(3_000);
    await plane.client.delete(NAMESPACES, { name: 'shop' });
    await plane.clock.advance(10_000);
    const held = await plane.client.get(NAMESPACES, { name: 'shop' });
    expect(held.status?.phase).toBe('Terminating');
    const condition = (type: string) => held.status?.conditions?.find((each) => each.type === type);
    expect(condition('NamespaceContentRemaining')).toMatchObject({
      status: 'True',
      reason: 'SomeResourcesRemain',
      message: 'Some resources are remaining: configmaps. has 1 resource instances',
    });
    expect(condition('NamespaceFinalizersRemaining')).toMatchObject({
      status: 'True',
      message: 'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
    });
    expect(condition('NamespaceDeletionContentFailure')).toMatchObject({ status: 'False', reason: 'ContentDeleted' });
    await plane.client.patch(
      CONFIG_MAPS,
      { namespace: 'shop', name: 'held' },
      { metadata: { finalizers: null } },
      { type: 'merge' },
    );
    await plane.clock.advance(5_000);
    expect(plane.client.all(NAMESPACES)).toEqual([]);
    expect([
      ...plane.client.all(PODS),
      ...plane.client.all(CONFIG_MAPS),
      ...plane.client.all(SERVICE_ACCOUNTS),
    ]).toEqual([]);
    plane.stop();
  });
});

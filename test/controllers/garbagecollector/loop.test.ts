import { describe, expect, it } from 'vitest';
import type { OwnerReference } from '../../../daemon/base/object.ts';
import { start } from '../../../daemon/controllers/garbagecollector/loop.ts';
import { CONFIG_MAPS, EVENTS, NAMESPACES, NODES, SECRETS } from '../../../daemon/kinds/resources.ts';
import type { ConfigMap } from '../../../daemon/kinds/types.generated.ts';
import { type ControlPlane, startControlPlane } from '../../support/control-plane.ts';
import { fixedResources } from '../../support/resources.ts';

const resources = [CONFIG_MAPS, SECRETS, NODES, NAMESPACES];

async function plane(): Promise<ControlPlane & { names: () => string[] }> {
  const made = await startControlPlane([(context) => start(context, { resources: fixedResources(resources) })]);
  await made.clock.advance(100);
  const names = () =>
    made.client
      .all(CONFIG_MAPS)
      .map(({ metadata }) => metadata!.name!)
      .sort();
  return { ...made, names };
}

const refer = (owner: ConfigMap, extra: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: owner.metadata!.name!,
  uid: owner.metadata!.uid!,
  ...extra,
});

const add = (made: ControlPlane, name: string, ownerReferences: OwnerReference[] = [], namespace = 'default') =>
  made.client.create(CONFIG_MAPS, { metadata: { name, namespace, ownerReferences } });

const remove = (made: ControlPlane, name: string, propagationPolicy: 'Foreground' | 'Background' | 'Orphan') =>
  made.client.delete(CONFIG_MAPS, { namespace: 'default', name }, { propagationPolicy });

describe('the garbage collector', () => {
  it('deletes dependents after their owner, in the background, through generations', async () => {
    const made = await plane();
    const a = await add(made, 'a');
    const b = await add(made, 'b', [refer(a)]);
    await add(made, 'c', [refer(b)]);
    await made.clock.advance(1_000);
    expect(made.names()).toEqual(['a', 'b', 'c']);
    await remove(made, 'a', 'Background');
    await made.clock.advance(5_000);
    expect(made.names()).toEqual([]);
    made.stop();
  });

  it('deletes blocking dependents before their owner, in the foreground', async () => {
    const made = await plane();
    const a = await add(made, 'a');
    const b = await add(made, 'b', [refer(a, { blockOwnerDeletion: true })]);
    await add(made, 'c', [refer(b, { blockOwnerDeletion: true })]);
    await made.clock.advance(100);
    const order: string[] = [];
    made.client.inject = () => {
      for (const name of ['a', 'b', 'c']) if (!made.names().includes(name) && !order.includes(name)) order.push(name);
    };
    await remove(made, 'a', 'Foreground');
    await made.clock.advance(10_000);
    expect(made.names()).toEqual([]);
    expect([...order, 'a', 'b', 'c'].filter((name, at, all) => all.indexOf(name) === at)).toEqual(['c', 'b', 'a']);
    made.stop();
  });

  it('lets dependents go when their owner is deleted with orphaning', async () => {
    const made = await plane();
    const a = await add(made, 'a');
    await add(made, 'b', [refer(a)]);
    await made.clock.advance(100);
    await remove(made, 'a', 'Orphan');
    await made.clock.advance(5_000);
    expect(made.names()).toEqual(['b']);
    expect(made.client.all(CONFIG_MAPS)[0]!.metadata!.ownerReferences ?? []).toEqual([]);
    made.stop();
  });

  it('keeps an object with another owner and takes the dead reference off', async () => {
    const made = await plane();
    const [a, b] = [await add(made, 'a'), await add(made, 'b')];
    await add(made, 'c', [refer(a), refer(b)]);
    await made.clock.advance(100);
    await remove(made, 'a', 'Background');
    await made.clock.advance(5_000);
    const c = made.client.all(CONFIG_MAPS).find(({ metadata }) => metadata!.name === 'c');
    expect(c?.metadata?.ownerReferences?.map(({ name }) => name)).toEqual(['b']);
    made.stop();
  });

  it('deletes an object whose owner is another one of the same name, and spares one whose kind is not served', async () => {
    const made = await plane();
    const a = await add(made, 'a');
    await add(made, 'b', [refer(a, { uid: 'someone-else' })]);
    await add(made, 'c', [{ apiVersion: 'example.com/v1', kind: 'Widget', name: 'w', uid: 'w1' }]);
    await made.clock.advance(5_000);
    expect(made.names()).toEqual(['a', 'c']);
    made.stop();
  });

  it('never deletes on the word of a late watch', async () => {
    const made = await plane();
    made.client.store.watchDelayMs = (resource) => (resource === '/secrets' ? 20_000 : 0);
    const owner = await made.client.create(SECRETS, { metadata: { name: 's', namespace: 'default' } });
    await add(made, 'b', [{ apiVersion: 'v1', kind: 'Secret', name: 's', uid: owner.metadata!.uid! }]);
    await made.clock.advance(60_000);
    expect(made.names()).toEqual(['b']);
    made.stop();
  });

  it('warns about an owner in another namespace', async () => {
    const made = await plane();
    const a = await add(made, 'a', [], 'other');
    await made.clock.advance(100);
    await add(made, 'b', [refer(a)]);
    await made.clock.advance(5_000);
    expect(made.names()).toEqual(['a']);
    const [event] = made.client.all(EVENTS);
    expect(event).toMatchObject({
      reason: 'OwnerRefInvalidNamespace',
      type: 'Warning',
      message: `ownerRef [v1/ConfigMap, namespace: default, name: a, uid: ${a.metadata!.uid}] does not exist in namespace "default"`,
    });
    made.stop();
  });
});

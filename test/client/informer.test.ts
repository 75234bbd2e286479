import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../daemon/base/log.ts';
import { startInformer } from '../../daemon/client/start-informer.ts';
import { PODS } from '../../daemon/kinds/resources.ts';
import type { Pod } from '../../daemon/kinds/types.generated.ts';
import { createWorld, makePod, type World } from '../support/objects.ts';
import { settle } from '../support/sim-clock.ts';

const start = (world: World, selection = {}) => {
  const informer = startInformer(world.client, PODS, {
    selection,
    indexes: { node: (pod: Pod) => (pod.spec?.nodeName ? [pod.spec.nodeName] : []) },
    clock: world.clock,
    random: world.random,
    log: silentLogger,
  });
  const changes: string[] = [];
  informer.onChange(({ before, after, key }) => {
    const kind = before ? (after ? '~' : '-') : '+';
    changes.push(`${kind}${key}`);
  });
  return { informer, changes };
};

describe('startInformer', () => {
  it('holds what was there and follows changes, with indexes', async () => {
    const world = createWorld();
    await world.client.create(PODS, makePod('a'));
    const { informer, changes } = start(world);
    await informer.synced();
    await world.client.createSubresource(PODS, { namespace: 'default', name: 'a' }, 'binding', {
      target: { name: 'n1' },
    } as never);
    await world.client.create(PODS, makePod('b'));
    await settle();
    expect(informer.by('node', 'n1').map((pod) => pod.metadata?.name)).toEqual(['a']);
    expect(informer.inNamespace('default')).toHaveLength(2);
    expect(informer.revision()).toBe(String(world.client.store.revision));
    await world.client.delete(PODS, { namespace: 'default', name: 'b' });
    await settle();
    expect(changes).toEqual(['+default/a', '~default/a', '+default/b', '-default/b']);
    expect(informer.by('node', 'n2')).toEqual([]);
    expect(() => informer.by('zone', 'x')).toThrow('no index "zone"');
    informer.stop();
  });

  it('resumes a cut watch without losing or repeating a change', async () => {
    const world = createWorld();
    const { informer, changes } = start(world);
    await informer.synced();
    await world.client.create(PODS, makePod('a'));
    await settle();
    world.client.store.cutWatches();
    await world.client.create(PODS, makePod('b'));
    await world.clock.advance(1_000);
    expect(changes).toEqual(['+default/a', '+default/b']);
    informer.stop();
  });

  it('lists again after 410 and tells the difference, a replaced uid as deletion and addition', async () => {
    const world = createWorld();
    const { client } = world;
    for (const name of ['a', 'b', 'c']) await client.create(PODS, makePod(name));
    const { informer, changes } = start(world);
    await informer.synced();
    changes.length = 0;
    await settle();
    client.store.watchDelayMs = () => 60_000; // the watch sees none of what follows before it expires
    await client.delete(PODS, { namespace: 'default', name: 'a' });
    await client.delete(PODS, { namespace: 'default', name: 'b' });
    await client.create(PODS, makePod('b'));
    await client.create(PODS, makePod('d'));
    client.store.compact();
    client.store.cutWatches();
    await world.clock.advance(5_000);
    expect(changes.sort()).toEqual(['+default/b', '+default/d', '-default/a', '-default/b']);
    expect(
      informer
        .list()
        .map((pod) => pod.metadata?.name)
        .sort(),
    ).toEqual(['b', 'c', 'd']);
    informer.stop();
  });

  it('retries a failing list with back-off until it works', async () => {
    const world = createWorld();
    let failures = 0;
    world.client.inject = ({ verb }) => {
      if (verb === 'list' && failures++ < 4) throw new Error('connection refused');
    };
    const { informer } = start(world);
    let synced = false;
    void informer.synced().then(() => (synced = true));
    await settle();
    expect(failures).toBe(1);
    await world.clock.advance(10_000);
    expect(synced).toBe(true);
    expect(failures).toBe(5);
    informer.stop();
  });

  it('shows what several writes of one turn did at once, never half', async () => {
    const world = createWorld();
    const { informer } = start(world);
    await informer.synced();
    await settle();
    const sizes: number[] = [];
    informer.onChange(() => sizes.push(informer.list().length));
    for (const name of ['a', 'b', 'c']) void world.client.create(PODS, makePod(name));
    await settle();
    expect(sizes).toEqual([3, 3, 3]);
    informer.stop();
  });

  it('follows a selection: leaving it is a deletion', async () => {
    const world = createWorld();
    const { informer, changes } = start(world, { labelSelector: 'app=web' });
    await informer.synced();
    await world.client.create(PODS, makePod('a', { metadata: { labels: { app: 'web' } } }));
    await world.client.create(PODS, makePod('b', { metadata: { labels: { app: 'db' } } }));
    await world.client.patch(
      PODS,
      { namespace: 'default', name: 'a' },
      { metadata: { labels: { app: 'db' } } },
      { type: 'merge' },
    );
    await settle();
    expect(changes).toEqual(['+default/a', '-default/a']);
    informer.stop();
  });
});

/** The in-process client: the contract of `Client`, with authorization, over the real verbs. */

import { describe, expect, it } from 'vitest';
import type { UserInfo } from '../../daemon/auth/user.ts';
import { silentLogger } from '../../daemon/base/log.ts';
import type { Client, WatchEvent } from '../../daemon/client/client.ts';
import { createInProcessClient } from '../../daemon/client/in-process.ts';
import { startInformer } from '../../daemon/client/start-informer.ts';
import { CONFIG_MAPS, DEPLOYMENTS, PODS } from '../../daemon/kinds/resources.ts';
import type { Deployment } from '../../daemon/kinds/types.generated.ts';
import { createRest, type Rest, type RestOptions, refusalOf } from '../api/rest/support.ts';
import { settle } from '../support/sim-clock.ts';

const CONTROLLER: UserInfo = { username: 'system:kube-controller-manager', groups: ['system:authenticated'] };

async function setUp(options?: RestOptions): Promise<{ rest: Rest; client: Client }> {
  const rest = await createRest(options);
  return { rest, client: createInProcessClient(rest.context, CONTROLLER, { fieldManager: 'controller' }) };
}
const configMap = (name: string, data = {}) => ({ metadata: { name, namespace: 'default' }, data });

describe('the in-process client', () => {
  it('creates, gets, lists, updates, patches and deletes', async () => {
    const { client } = await setUp();
    const given = Object.freeze(configMap('a', Object.freeze({ k: '1' })));
    const made = await client.create(CONFIG_MAPS, given);
    expect(Object.isFrozen(made.data)).toBe(true);
    expect(made.metadata?.managedFields?.[0]?.manager).toBe('controller');
    expect(await client.get(CONFIG_MAPS, { namespace: 'default', name: 'a' })).toBe(made);
    const updated = await client.update(CONFIG_MAPS, { ...made, data: { k: '2' } });
    expect(updated.data).toEqual({ k: '2' });
    const key = { namespace: 'default', name: 'a' };
    const patched = await client.patch(CONFIG_MAPS, key, { data: { l: '3' } }, { type: 'merge' });
    expect(patched.data).toEqual({ k: '2', l: '3' });
    const { items, metadata } = await client.list(CONFIG_MAPS, { namespace: 'default' });
    expect(items).toEqual([patched]);
    expect(metadata.resourceVersion).toBe(patched.metadata?.resourceVersion);
    expect((await client.delete(CONFIG_MAPS, key)).metadata?.uid).toBe(made.metadata?.uid);
    expect((await refusalOf(client.get(CONFIG_MAPS, key))).reason).toBe('NotFound');
  });

  it('writes status and scale by themselves', async () => {
    const { client } = await setUp();
    const made = await client.create(DEPLOYMENTS, {
      metadata: { name: 'd', namespace: 'default' },
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
    } as Deployment);
    const status = await client.update(DEPLOYMENTS, { ...made, status: { replicas: 1 } }, { subresource: 'status' });
    expect(status.status?.replicas).toBe(1);
    const key = { namespace: 'default', name: 'd' };
    await client.patch(DEPLOYMENTS, key, { spec: { replicas: 3 } }, { type: 'merge', subresource: 'scale' });
    expect((await client.get(DEPLOYMENTS, key)).spec?.replicas).toBe(3);
  });

  it('binds and evicts pods', async () => {
    const { client } = await setUp();
    const key = { namespace: 'default', name: 'p' };
    await client.create(PODS, { metadata: key, spec: { containers: [{ name: 'c', image: 'i' }] } });
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'p' },
      target: { kind: 'Node', name: 'n1' },
    };
    await client.createSubresource(PODS, key, 'binding', binding);
    expect((await client.get(PODS, key)).spec?.nodeName).toBe('n1');
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } };
    await client.createSubresource(PODS, key, 'eviction', eviction);
    expect((await client.get(PODS, key)).metadata?.deletionTimestamp).toBeTruthy();
  });

  it('watches from a revision until it is told to stop', async () => {
    const { rest, client } = await setUp();
    const abort = new AbortController();
    const seen: WatchEvent[] = [];
    const start = String(rest.store.revision);
    const reading = (async () => {
      for await (const event of client.watch(CONFIG_MAPS, { resourceVersion: start, signal: abort.signal })) {
        seen.push(event);
        if (seen.length === 3) abort.abort();
      }
    })();
    await new Promise((resolve) => setImmediate(resolve));
    await client.create(CONFIG_MAPS, configMap('a'));
    await client.patch(CONFIG_MAPS, { namespace: 'default', name: 'a' }, { data: { k: '1' } }, { type: 'merge' });
    await client.delete(CONFIG_MAPS, { namespace: 'default', name: 'a' });
    await reading;
    expect(seen.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
  });

  it('throws 410 from a watch that cannot begin', async () => {
    const { rest, client } = await setUp();
    const start = String(rest.store.revision);
    await client.create(CONFIG_MAPS, configMap('a'));
    await rest.store.compact(rest.store.revision);
    const events = client.watch(CONFIG_MAPS, { resourceVersion: start, signal: new AbortController().signal });
    const status = await refusalOf(events[Symbol.asyncIterator]().next());
    expect(status).toMatchObject({ code: 410, reason: 'Expired' });
  });

  it('streams a list', async () => {
    const { client } = await setUp();
    await client.create(CONFIG_MAPS, configMap('a'));
    const abort = new AbortController();
    const types: string[] = [];
    const options = { sendInitialEvents: true, allowWatchBookmarks: true, signal: abort.signal };
    for await (const { type } of client.watch(CONFIG_MAPS, options)) {
      types.push(type);
      if (type === 'BOOKMARK') abort.abort();
    }
    expect(types).toEqual(['ADDED', 'BOOKMARK']);
  });

  it('asks for permission each time, with the words of the API', async () => {
    const denied: string[] = [];
    const { client } = await setUp({
      context: {
        authorizer: {
          authorize(user, attributes) {
            if (user !== CONTROLLER) return { allowed: true, reason: '' };
            denied.push(
              `${attributes.verb} ${'resource' in attributes ? attributes.resource : ''}/${'resource' in attributes ? (attributes.subresource ?? '') : ''}`,
            );
            return { allowed: false, reason: '' };
          },
        },
      },
    });
    const key = { namespace: 'default', name: 'a' };
    const status = await refusalOf(client.get(CONFIG_MAPS, key));
    expect(status).toMatchObject({
      code: 403,
      message:
        'configmaps "a" is forbidden: User "system:kube-controller-manager" cannot get resource "configmaps" in API group "" in the namespace "default"',
    });
    const list = await refusalOf(client.list(PODS));
    expect(list.message).toContain(
      'pods is forbidden: User "system:kube-controller-manager" cannot list resource "pods"',
    );
    expect(list.message).toContain('at the cluster scope');
    await refusalOf(client.create(CONFIG_MAPS, configMap('a')));
    await refusalOf(client.patch(DEPLOYMENTS, key, {}, { type: 'merge', subresource: 'scale' }));
    await refusalOf(client.delete(CONFIG_MAPS, key));
    await refusalOf(client.createSubresource(PODS, key, 'binding', {}));
    const events = client.watch(CONFIG_MAPS, { signal: new AbortController().signal });
    await refusalOf(events[Symbol.asyncIterator]().next());
    expect(denied).toEqual([
      'get configmaps/',
      'list pods/',
      'create configmaps/',
      'patch deployments/scale',
      'delete configmaps/',
      'create pods/binding',
      'watch configmaps/',
    ]);
  });

  it('feeds an informer that stays current', async () => {
    const { rest, client } = await setUp();
    await client.create(CONFIG_MAPS, configMap('before'));
    const informer = startInformer(client, CONFIG_MAPS, {
      clock: rest.clock,
      random: rest.context.random,
      log: silentLogger,
      indexes: { byData: ({ data }) => Object.keys(data ?? {}) },
    });
    await informer.synced();
    const changes: string[] = [];
    informer.onChange(({ before, after, key }) => {
      changes.push(`${before ? (after ? 'changed' : 'gone') : 'new'} ${key}`);
    });
    await client.create(CONFIG_MAPS, configMap('a', { k: '1' }));
    await client.patch(CONFIG_MAPS, { namespace: 'default', name: 'a' }, { data: { l: '2' } }, { type: 'merge' });
    await settle();
    expect(informer.by('byData', 'l').map(({ metadata }) => metadata?.name)).toEqual(['a']);
    await client.delete(CONFIG_MAPS, { namespace: 'default', name: 'before' });
    await settle();
    expect(informer.list().map(({ metadata }) => metadata?.name)).toEqual(['a']);
    expect(changes).toEqual(['new default/before', 'new default/a', 'changed default/a', 'gone default/before']);
    expect(informer.revision()).toBe(String(rest.store.revision));
    informer.stop();
  });
});

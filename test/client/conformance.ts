/**
 * What every implementation of `Client` does: the in-process one and the one over HTTPS pass the same tests.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StatusError } from '../../daemon/base/status.ts';
import type { Client, WatchEvent, WatchOptions } from '../../daemon/client/client.ts';
import type { Resource } from '../../daemon/kinds/resource.ts';
import { CONFIG_MAPS, DEPLOYMENTS, NODES, PODS, SERVICE_ACCOUNTS } from '../../daemon/kinds/resources.ts';
import type { ConfigMap, Deployment, Pod } from '../../daemon/kinds/types.generated.ts';
import type { Store } from '../../daemon/store/store.ts';
import { refusalOf } from '../api/rest/support.ts';

export interface ClientUnderTest {
  client: Client;
  store: Store;
  close(): Promise<void>;
}

const NAMESPACE = 'work';
const keyOf = (name: string) => ({ namespace: NAMESPACE, name });
const configMap = (name: string, data: Record<string, string> = {}, labels?: Record<string, string>): ConfigMap => ({
  metadata: { name, namespace: NAMESPACE, ...(labels ? { labels } : {}) },
  data,
});
const pod = (name: string): Pod => ({ metadata: keyOf(name), spec: { containers: [{ name: 'c', image: 'i' }] } });
const deployment = (name: string): Deployment => ({
  metadata: keyOf(name),
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
});

/** `TYPE name` of the first `count` events after the revision; ends the watch then. */
async function take(
  client: Client,
  count: number,
  options: Omit<WatchOptions, 'signal'>,
  resource: Resource = CONFIG_MAPS,
) {
  const abort = new AbortController();
  const events: WatchEvent[] = [];
  for await (const event of client.watch(resource, { ...options, signal: abort.signal })) {
    events.push(event);
    if (events.length === count) abort.abort();
  }
  return events;
}

const linesOf = (events: readonly WatchEvent[]) =>
  events.map(({ type, object }) => `${type} ${object.metadata?.name ?? ''}`.trim());

export function describeClient(name: string, open: () => Promise<ClientUnderTest>): void {
  describe(`the ${name} client`, () => {
    let opened: ClientUnderTest;
    let client: Client;
    beforeAll(async () => {
      opened = await open();
      client = opened.client;
    });
    afterAll(() => opened?.close());

    it('gives back what it created, complete and frozen', async () => {
      const given = Object.freeze(configMap('made', { k: '1' }));
      const made = await client.create(CONFIG_MAPS, given);
      expect(made).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { k: '1' } });
      expect(made.metadata).toMatchObject({ name: 'made', namespace: NAMESPACE });
      expect(made.metadata?.uid).toMatch(/^[0-9a-f-]{36}$/);
      expect(Object.isFrozen(made) && Object.isFrozen(made.data) && Object.isFrozen(made.metadata)).toBe(true);
      expect(await client.get(CONFIG_MAPS, keyOf('made'))).toEqual(made);
    });

    it('refuses with a Status: conflict, already there, not found, invalid', async () => {
      const made = await client.create(CONFIG_MAPS, configMap('refused'));
      expect(await refusalOf(client.create(CONFIG_MAPS, configMap('refused')))).toMatchObject({
        code: 409,
        reason: 'AlreadyExists',
        details: { name: 'refused', kind: 'configmaps' },
      });
      await client.update(CONFIG_MAPS, { ...made, data: { k: '2' } });
      expect(await refusalOf(client.update(CONFIG_MAPS, made))).toMatchObject({ code: 409, reason: 'Conflict' });
      expect(await refusalOf(client.get(CONFIG_MAPS, keyOf('none')))).toMatchObject({
        code: 404,
        reason: 'NotFound',
        message: 'configmaps "none" not found',
      });
      const invalid = await refusalOf(client.create(CONFIG_MAPS, configMap('Not_A_Name')));
      expect(invalid).toMatchObject({ code: 422, reason: 'Invalid' });
      expect(invalid.details?.causes?.[0]?.field).toBe('metadata.name');
    });

    it('patches in each of the four ways', async () => {
      await client.create(DEPLOYMENTS, deployment('patched'));
      const key = keyOf('patched');
      const merged = await client.patch(DEPLOYMENTS, key, { metadata: { labels: { a: '1' } } }, { type: 'merge' });
      expect(merged.metadata?.labels).toEqual({ a: '1' });
      const json = await client.patch(DEPLOYMENTS, key, [{ op: 'replace', path: '/spec/replicas', value: 3 }], {
        type: 'json',
      });
      expect(json.spec?.replicas).toBe(3);
      const container = { name: 'c', env: [{ name: 'A', value: '1' }] };
      const strategic = await client.patch(
        DEPLOYMENTS,
        key,
        { spec: { template: { spec: { containers: [container] } } } },
        { type: 'strategic' },
      );
      expect(strategic.spec?.template.spec?.containers[0]).toMatchObject({
        image: 'i',
        env: [{ name: 'A', value: '1' }],
      });
      const applied = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: key, spec: { replicas: 5 } };
      const options = { type: 'apply', fieldManager: 'one' } as const;
      expect(await refusalOf(client.patch(DEPLOYMENTS, key, applied, options))).toMatchObject({
        code: 409,
        reason: 'Conflict',
      });
      const forced = await client.patch(DEPLOYMENTS, key, applied, { ...options, force: true });
      expect(forced.spec?.replicas).toBe(5);
      expect(
        forced.metadata?.managedFields?.some(({ manager, operation }) => manager === 'one' && operation === 'Apply'),
      ).toBe(true);
    });

    it('creates by server-side apply', async () => {
      const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: keyOf('applied'), data: { k: '1' } };
      const made = await client.patch(CONFIG_MAPS, keyOf('applied'), applied, { type: 'apply', fieldManager: 'one' });
      expect(made.data).toEqual({ k: '1' });
    });

    it('writes status and scale apart from the rest', async () => {
      const made = await client.create(DEPLOYMENTS, deployment('parts'));
      const changed = { ...made, spec: { ...made.spec!, replicas: 9 }, status: { replicas: 1 } };
      const status = await client.update(DEPLOYMENTS, changed, { subresource: 'status' });
      expect(status.status?.replicas).toBe(1);
      expect(status.spec?.replicas).toBe(1);
      await client.patch(
        DEPLOYMENTS,
        keyOf('parts'),
        { spec: { replicas: 3 } },
        { type: 'merge', subresource: 'scale' },
      );
      expect((await client.get(DEPLOYMENTS, keyOf('parts'))).spec?.replicas).toBe(3);
    });

    it('binds, evicts and issues tokens', async () => {
      await client.create(PODS, pod('bound'));
      const target = { kind: 'Node', name: 'n1' };
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'bound' }, target };
      await client.createSubresource(PODS, keyOf('bound'), 'binding', binding);
      expect((await client.get(PODS, keyOf('bound'))).spec?.nodeName).toBe('n1');
      await client.createSubresource(PODS, keyOf('bound'), 'eviction', {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: 'bound' },
      });
      expect((await client.get(PODS, keyOf('bound'))).metadata?.deletionTimestamp).toBeTruthy();
      const request = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        metadata: {},
        spec: { audiences: [], expirationSeconds: 3600 },
      };
      const token = await client.createSubresource(SERVICE_ACCOUNTS, keyOf('default'), 'token', request);
      expect((token as { status?: { token?: string } }).status?.token).toBeTruthy();
    });

    it('changes nothing on a dry run', async () => {
      const made = await client.create(CONFIG_MAPS, configMap('dry'), { dryRun: true });
      expect(made.metadata?.uid).toBeTruthy();
      expect((await refusalOf(client.get(CONFIG_MAPS, keyOf('dry')))).reason).toBe('NotFound');
      const real = await client.create(CONFIG_MAPS, configMap('dry'));
      await client.update(CONFIG_MAPS, { ...real, data: { k: '1' } }, { dryRun: true });
      await client.patch(CONFIG_MAPS, keyOf('dry'), { data: { k: '1' } }, { type: 'merge', dryRun: true });
      await client.delete(CONFIG_MAPS, keyOf('dry'), { dryRun: true });
      expect(await client.get(CONFIG_MAPS, keyOf('dry'))).toEqual(real);
    });

    it('deletes with preconditions, and tells what it deleted', async () => {
      const made = await client.create(CONFIG_MAPS, configMap('gone'));
      expect(
        await refusalOf(client.delete(CONFIG_MAPS, keyOf('gone'), { preconditions: { uid: 'another' } })),
      ).toMatchObject({ code: 409, reason: 'Conflict' });
      expect((await client.delete(CONFIG_MAPS, keyOf('gone'))).metadata?.uid).toBe(made.metadata?.uid);
      expect((await refusalOf(client.get(CONFIG_MAPS, keyOf('gone')))).reason).toBe('NotFound');
    });

    it('lists by selectors and page by page', async () => {
      for (const n of ['1', '2', '3'])
        await client.create(CONFIG_MAPS, configMap(`page-${n}`, {}, { set: 'pages', n }));
      const all = await client.list(CONFIG_MAPS, { namespace: NAMESPACE, labelSelector: 'set=pages' });
      expect(all.items.map(({ metadata }) => metadata?.name)).toEqual(['page-1', 'page-2', 'page-3']);
      expect(all.items[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
      expect(all.metadata.resourceVersion).toBe(String(opened.store.revision));
      expect(Object.isFrozen(all.items[0])).toBe(true);
      const some = await client.list(CONFIG_MAPS, {
        labelSelector: 'set=pages,n in (1,3)',
        fieldSelector: 'metadata.name!=page-1',
      });
      expect(some.items.map(({ metadata }) => metadata?.name)).toEqual(['page-3']);
      const first = await client.list(CONFIG_MAPS, { labelSelector: 'set=pages', limit: 2 });
      expect(first.items).toHaveLength(2);
      const rest = await client.list(CONFIG_MAPS, {
        labelSelector: 'set=pages',
        limit: 2,
        continue: first.metadata.continue!,
      });
      expect(rest.items.map(({ metadata }) => metadata?.name)).toEqual(['page-3']);
      expect(rest.metadata.continue).toBeFalsy();
      expect((await client.list(NODES)).items).toEqual([]);
    });

    it('watches from a revision, and resumes where another watch ended', async () => {
      const start = String(opened.store.revision);
      await client.create(CONFIG_MAPS, configMap('watched'));
      await client.patch(CONFIG_MAPS, keyOf('watched'), { data: { k: '1' } }, { type: 'merge' });
      const before = await take(client, 2, { namespace: NAMESPACE, resourceVersion: start });
      expect(linesOf(before)).toEqual(['ADDED watched', 'MODIFIED watched']);
      expect(before[0]!.object).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
      const { resourceVersion } = before[1]!.object.metadata!;
      const after = take(client, 1, { namespace: NAMESPACE, resourceVersion });
      await client.delete(CONFIG_MAPS, keyOf('watched'));
      expect(linesOf(await after)).toEqual(['DELETED watched']);
    });

    it('sees objects come and go by their labels', async () => {
      const start = String(opened.store.revision);
      const events = take(client, 2, { namespace: NAMESPACE, labelSelector: 'in=yes', resourceVersion: start });
      await client.create(CONFIG_MAPS, configMap('mover'));
      await client.patch(CONFIG_MAPS, keyOf('mover'), { metadata: { labels: { in: 'yes' } } }, { type: 'merge' });
      await client.patch(CONFIG_MAPS, keyOf('mover'), { metadata: { labels: { in: 'no' } } }, { type: 'merge' });
      expect(linesOf(await events)).toEqual(['ADDED mover', 'DELETED mover']);
    });

    it('streams a list, then says that it is complete', async () => {
      await client.create(PODS, pod('streamed'));
      const options = {
        namespace: NAMESPACE,
        sendInitialEvents: true,
        allowWatchBookmarks: true,
        fieldSelector: 'metadata.name=streamed',
      };
      const events = await take(client, 2, options, PODS);
      expect(linesOf(events)).toEqual(['ADDED streamed', 'BOOKMARK']);
      expect(events[1]!.object.metadata?.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    });

    it('ends a watch without error when it is told to, before and while it runs', async () => {
      const abort = new AbortController();
      const never = client
        .watch(CONFIG_MAPS, { resourceVersion: String(opened.store.revision), signal: abort.signal })
        [Symbol.asyncIterator]();
      const next = never.next();
      setTimeout(() => abort.abort(), 20);
      expect(await next).toEqual({ done: true, value: undefined });
      const done = client.watch(CONFIG_MAPS, { signal: AbortSignal.abort() })[Symbol.asyncIterator]();
      expect(await done.next()).toEqual({ done: true, value: undefined });
    });

    it('throws 410 from a watch whose beginning is gone', async () => {
      const start = String(opened.store.revision);
      await client.create(CONFIG_MAPS, configMap('late'));
      await opened.store.compact(opened.store.revision);
      const error = await take(client, 1, { resourceVersion: start }).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(StatusError);
      expect(error).toMatchObject({ code: 410, reason: 'Expired' });
    });
  });
}

/** Lists of the past, as the API answers them: in memory, from git, inside commits, in pages. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listPresentOrPast } from '../../../daemon/api/rest/past.ts';
import type { ListParameters } from '../../../daemon/api/rest/requests.ts';
import { startWatch } from '../../../daemon/api/rest/watch.ts';
import { StatusError } from '../../../daemon/base/status.ts';
import type { Resource } from '../../../daemon/kinds/resource.ts';
import { CONFIG_MAPS, DEPLOYMENTS, NAMESPACES, PODS, SECRETS } from '../../../daemon/kinds/resources.ts';
import { deploymentText } from '../support/cluster.ts';
import { restContext } from '../support/rest.ts';
import { type Clone, configMap, createWorld, registry, type World } from '../support/world.ts';
import { ALICE, change, create } from '../support/writes.ts';

let world: World;
let clone: Clone;
beforeEach(async () => {
  world = await createWorld();
  clone = await world.clone('a');
});
afterEach(() => world.close());

const scope = (resource: Resource, namespace?: string) => ({
  kind: registry.byResource(resource.group, resource.version, resource.plural)!,
  user: ALICE,
  namespace,
});
const list = (resource: Resource, parameters: ListParameters, namespace?: string) =>
  listPresentOrPast({ ...restContext(world), past: world.git.history }, scope(resource, namespace), parameters);
const exact = (revision: number, more: ListParameters = {}): ListParameters => ({
  resourceVersion: String(revision),
  resourceVersionMatch: 'Exact',
  ...more,
});
const names = (page: Awaited<ReturnType<typeof list>>) => page.entries.map(({ value }) => value.metadata?.name);
const refusal = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StatusError);
  return (error as StatusError).status;
};
const push = async (files: Record<string, string | undefined>) => {
  await clone.commit(files);
  const pushed = await clone.push();
  expect(pushed.exitCode, pushed.stderr).toBe(0);
  return { revision: world.store.revision, commit: (await clone.git('rev-parse', 'HEAD')).stdout.trim() };
};
/** Memory lets go of everything before now. */
const forget = () => world.store.compact(world.store.revision);

describe('lists of the past', () => {
  it('are answered from git when memory has let go', async () => {
    const first = await push({ 'a.yaml': configMap('a', { k: '1' }), 'b.yaml': configMap('b', { k: '1' }) });
    const uid = world.store.get('/registry/core/configmaps/default/a')?.value.metadata;
    const second = await push({ 'a.yaml': configMap('a', { k: '2' }), 'b.yaml': undefined });
    const inMemory = await list(CONFIG_MAPS, exact(first.revision));
    expect(names(inMemory)).toEqual(['a', 'b']);
    expect(inMemory.warnings).toEqual([]);
    await forget();
    const page = await list(CONFIG_MAPS, exact(first.revision));
    expect(names(page)).toEqual(['a', 'b']);
    expect(page.metadata.resourceVersion).toBe(String(first.revision));
    expect(page.entries[0]!.value).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      data: { k: '1' },
      metadata: {
        namespace: 'default',
        uid: uid!.uid,
        creationTimestamp: uid!.creationTimestamp,
        resourceVersion: String(first.revision),
        managedFields: [{ manager: 'reflet-git', operation: 'Apply' }],
      },
    });
    expect(JSON.parse(page.entries[0]!.json.toString())).toEqual(page.entries[0]!.value);
    expect(page.warnings).toEqual([
      expect.stringMatching(
        new RegExp(`desired objects of commit ${first.commit.slice(0, 12)} .*status.*are not known`),
      ),
    ]);
    // What is in force is memory's to answer.
    expect((await list(CONFIG_MAPS, exact(second.revision))).warnings).toEqual([]);
  });

  it('never show a commit half, neither from memory nor from git', async () => {
    await push({ 'a.yaml': configMap('a', {}) });
    const { revision } = await push({ 'b.yaml': configMap('b', {}), 'c.yaml': configMap('c', {}) });
    await push({ 'd.yaml': configMap('d', {}) });
    const inside = exact(revision - 1);
    const fromMemory = await refusal(list(CONFIG_MAPS, inside));
    const paged = await refusal(list(CONFIG_MAPS, { resourceVersion: String(revision - 1), limit: 1 }));
    await forget();
    const fromGit = await refusal(list(CONFIG_MAPS, inside));
    for (const status of [fromMemory, paged, fromGit]) {
      expect(status).toMatchObject({ code: 410, reason: 'Expired' });
      expect(status.message).toBe(
        `revision ${revision - 1} lies inside a commit (revisions ${revision - 1} to ${revision}), which is seen whole or not at all: read ${revision - 2}, before it, or ${revision}, after it`,
      );
    }
  });

  it('hold defaults as admission sets them, and no status', async () => {
    const { revision } = await push({ 'web.yaml': deploymentText({ name: 'web', image: 'i:1' }) });
    await push({ 'web.yaml': deploymentText({ name: 'web', image: 'i:2' }) });
    await forget();
    const [entry] = (await list(DEPLOYMENTS, exact(revision), 'default')).entries;
    expect(entry!.value).toMatchObject({
      spec: {
        revisionHistoryLimit: 10,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
        template: {
          spec: { containers: [{ image: 'i:1', imagePullPolicy: 'IfNotPresent' }], dnsPolicy: 'ClusterFirst' },
        },
      },
    });
    expect(entry!.value).not.toHaveProperty('status');
    expect(entry!.value.metadata).not.toHaveProperty('generation');
  });

  it('see the commit in force between commits, whatever runtime writes came in between', async () => {
    const { revision } = await push({ 'a.yaml': configMap('a', { k: '1' }) });
    await world.store.commit([
      { type: 'put', key: '/registry/core/pods/default/p', value: { kind: 'Pod', metadata: { name: 'p' } } },
    ]);
    await push({ 'a.yaml': configMap('a', { k: '2' }) });
    await forget();
    expect((await list(CONFIG_MAPS, exact(revision + 1))).entries[0]!.value).toMatchObject({ data: { k: '1' } });
  });

  it('know the writes of people as commits', async () => {
    await push({ 'a.yaml': configMap('a', { k: '1' }) });
    await change(world, '/registry/core/configmaps/default/a', (object) => {
      object['data'] = { k: '2' };
    });
    const revision = world.store.revision;
    await create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } });
    await forget();
    const page = await list(CONFIG_MAPS, exact(revision));
    expect(names(page)).toEqual(['a']);
    expect(page.entries[0]!.value).toMatchObject({ data: { k: '2' } });
  });

  it('are gone for kinds that are never in git, and empty for kinds that could be', async () => {
    const { revision } = await push({ 'a.yaml': configMap('a', {}) });
    await push({ 'b.yaml': configMap('b', {}) });
    await forget();
    expect(await refusal(list(PODS, exact(revision)))).toMatchObject({
      code: 410,
      reason: 'Expired',
      message: expect.stringContaining('pods are not kept in git'),
    });
    expect(names(await list(SECRETS, exact(revision)))).toEqual([]);
    expect(names(await list(NAMESPACES, exact(revision)))).toEqual([]);
  });

  it('are gone before the first commit, and too new after the last revision', async () => {
    const { revision } = await push({ 'a.yaml': configMap('a', {}) });
    await forget();
    expect(await refusal(list(CONFIG_MAPS, exact(1)))).toMatchObject({ code: 410, reason: 'Expired' });
    expect(await refusal(list(CONFIG_MAPS, exact(revision + 100)))).toMatchObject({ code: 504 });
  });

  it('go on in the past, page after page', async () => {
    const files = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [`${name}.yaml`, configMap(name, {})]));
    const { revision } = await push(files);
    await push({ 'a.yaml': undefined, 'd.yaml': undefined, 'z.yaml': configMap('z', {}) });
    await forget();
    const seen: (string | undefined)[] = [];
    let page = await list(CONFIG_MAPS, exact(revision, { limit: 2 }), 'default');
    expect(page.metadata.remainingItemCount).toBe(3);
    for (;;) {
      seen.push(...names(page));
      expect(page.metadata.resourceVersion).toBe(String(revision));
      if (!page.metadata.continue) break;
      page = await list(CONFIG_MAPS, { limit: 2, continue: page.metadata.continue }, 'default');
    }
    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('do not take over an ordinary list whose snapshot has expired', async () => {
    await push({ 'a.yaml': configMap('a', {}), 'b.yaml': configMap('b', {}) });
    const page = await list(CONFIG_MAPS, { limit: 1 });
    await push({ 'c.yaml': configMap('c', {}) });
    await forget();
    const status = await refusal(list(CONFIG_MAPS, { limit: 1, continue: page.metadata.continue! }));
    expect(status).toMatchObject({ code: 410, metadata: { continue: expect.any(String) } });
    // Nor one that did not ask for exactly that state.
    const old = { resourceVersion: page.metadata.resourceVersion!, limit: 1 };
    expect(await refusal(list(CONFIG_MAPS, old))).toMatchObject({ code: 410 });
  });

  it('select by label, field and namespace', async () => {
    const labelled = configMap('a', {}).replace('metadata:', 'metadata:\n  labels: {app: web}');
    const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n';
    const { revision } = await push({
      'a.yaml': labelled,
      'b.yaml': configMap('b', {}),
      'n.yaml': namespace,
      'c.yaml': configMap('c', {}, 'shop'),
    });
    await push({ 'a.yaml': configMap('a', {}) });
    await forget();
    expect(names(await list(CONFIG_MAPS, exact(revision, { labelSelector: 'app=web' })))).toEqual(['a']);
    expect(names(await list(CONFIG_MAPS, exact(revision, { fieldSelector: 'metadata.name=b' })))).toEqual(['b']);
    expect(names(await list(CONFIG_MAPS, exact(revision), 'shop'))).toEqual(['c']);
    expect(names(await list(NAMESPACES, exact(revision)))).toEqual(['shop']);
  });

  it('cannot be watched from', async () => {
    const { revision } = await push({ 'a.yaml': configMap('a', {}) });
    await push({ 'b.yaml': configMap('b', {}) });
    await forget();
    const sink = { events: () => {}, end: () => {} };
    expect(() =>
      startWatch(restContext(world), scope(CONFIG_MAPS), { resourceVersion: String(revision) }, sink),
    ).toThrow(expect.objectContaining({ code: 410 }));
  });

  it('are read whole although commits come meanwhile', async () => {
    const { revision } = await push({ 'a.yaml': configMap('a', { k: '1' }), 'b.yaml': configMap('b', { k: '1' }) });
    await push({ 'a.yaml': configMap('a', { k: '2' }), 'b.yaml': configMap('b', { k: '2' }) });
    await forget();
    const reads = Array.from({ length: 5 }, () => list(CONFIG_MAPS, exact(revision)));
    await push({ 'a.yaml': undefined, 'c.yaml': configMap('c', {}) });
    for (const page of await Promise.all(reads)) {
      expect(page.entries.map(({ value }) => (value as { data?: unknown }).data)).toEqual([{ k: '1' }, { k: '1' }]);
    }
  });
});

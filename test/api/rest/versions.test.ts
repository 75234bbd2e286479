/** One stored form, several versions: each verb in each version. */

import { describe, expect, it } from 'vitest';
import { deleteObject } from '../../../daemon/api/rest/delete.ts';
import { getObject } from '../../../daemon/api/rest/get.ts';
import { listObjects } from '../../../daemon/api/rest/list.ts';
import { patchObject } from '../../../daemon/api/rest/patch.ts';
import { callSubresource } from '../../../daemon/api/rest/subresources.ts';
import { updateObject } from '../../../daemon/api/rest/update.ts';
import { cloneJson } from '../../../daemon/base/json.ts';
import type { KubeObject } from '../../../daemon/base/object.ts';
import type { Conversion, Kind, KindRegistry } from '../../../daemon/kinds/kind.ts';
import { createKindRegistry } from '../../../daemon/kinds/registry.ts';
import { CONFIG_MAPS, ENDPOINT_SLICES, PODS } from '../../../daemon/kinds/resources.ts';
import { createRest, type Rest, refusalOf } from './support.ts';

const OLD = { ...ENDPOINT_SLICES, version: 'v1beta1' };

const old = () =>
  ({
    metadata: { name: 's' },
    addressType: 'IPv4',
    endpoints: [
      {
        addresses: ['10.0.0.1'],
        nodeName: 'n1',
        topology: { 'kubernetes.io/hostname': 'n1', 'topology.kubernetes.io/zone': 'z1', rack: 'r1' },
      },
    ],
  }) as never;

const KEPT_ENDPOINT = {
  addresses: ['10.0.0.1'],
  conditions: {},
  nodeName: 'n1',
  zone: 'z1',
  deprecatedTopology: { rack: 'r1' },
};
const OLD_ENDPOINT = {
  addresses: ['10.0.0.1'],
  conditions: {},
  nodeName: 'n1',
  topology: { 'kubernetes.io/hostname': 'n1', 'topology.kubernetes.io/zone': 'z1', rack: 'r1' },
};

describe('an object written in an older version', () => {
  it('is kept in the newer one and shown in both', async () => {
    const rest = await createRest();
    const answered = await rest.create(OLD, old());
    expect(answered).toMatchObject({ apiVersion: 'discovery.k8s.io/v1beta1', endpoints: [OLD_ENDPOINT] });
    const kept = rest.store.get('/registry/discovery.k8s.io/endpointslices/default/s')!.value;
    expect(kept).toMatchObject({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' });
    expect(getObject(rest.context, rest.target(ENDPOINT_SLICES, 's')).value).toMatchObject({
      endpoints: [KEPT_ENDPOINT],
    });
    const shown = getObject(rest.context, rest.target(OLD, 's'));
    expect(shown.value).toMatchObject({ apiVersion: 'discovery.k8s.io/v1beta1', endpoints: [OLD_ENDPOINT] });
    expect(JSON.parse(shown.json.toString())).toEqual(shown.value);
    expect(shown.json.toString()).toMatch(/^\{"apiVersion":"discovery.k8s.io\/v1beta1","kind":"EndpointSlice",/);
    expect(listObjects(rest.context, rest.scope(OLD)).entries.map(({ value }) => value.apiVersion)).toEqual([
      'discovery.k8s.io/v1beta1',
    ]);
  });

  it('is updated, patched, applied, watched and deleted in either', async () => {
    const rest = await createRest();
    const watches = [OLD, ENDPOINT_SLICES].map((resource) =>
      rest.watch(resource, { resourceVersion: String(rest.store.revision) }),
    );
    await rest.create(OLD, old());
    const body = cloneJson(getObject(rest.context, rest.target(OLD, 's')).value) as never as {
      endpoints: [{ topology: Record<string, string> }];
    };
    body.endpoints[0].topology['topology.kubernetes.io/zone'] = 'z2';
    await updateObject(rest.context, rest.target(OLD, 's'), body as KubeObject);
    await patchObject(rest.context, rest.target(OLD, 's'), { metadata: { labels: { a: 'b' } } }, { type: 'merge' });
    const applied = {
      apiVersion: 'discovery.k8s.io/v1beta1',
      kind: 'EndpointSlice',
      metadata: { name: 's', labels: { c: 'd' } },
    };
    await patchObject(rest.context, rest.target(OLD, 's'), applied as never, { type: 'apply', fieldManager: 'm' });
    const kept = getObject(rest.context, rest.target(ENDPOINT_SLICES, 's')).value as never as {
      metadata: { labels: object; managedFields: { manager: string; apiVersion: string }[] };
      endpoints: { zone: string }[];
    };
    expect(kept.endpoints[0]!.zone).toBe('z2');
    expect(kept.metadata.labels).toEqual({ a: 'b', c: 'd' });
    expect(kept.metadata.managedFields.map(({ manager, apiVersion }) => `${manager} ${apiVersion}`)).toEqual([
      'm discovery.k8s.io/v1beta1',
      'tester discovery.k8s.io/v1beta1',
    ]);
    await deleteObject(rest.context, rest.target(OLD, 's'));
    for (const [index, version] of ['v1beta1', 'v1'].entries()) {
      expect(watches[index]!.lines).toEqual(['ADDED s', 'MODIFIED s', 'MODIFIED s', 'MODIFIED s', 'DELETED s']);
      expect(new Set(watches[index]!.objects.map(({ apiVersion }) => apiVersion))).toEqual(
        new Set([`discovery.k8s.io/${version}`]),
      );
    }
  });

  it('is judged by the rules of the kept one', async () => {
    const rest = await createRest();
    const bad = { ...(old() as object), addressType: 'IPX' } as never;
    expect((await refusalOf(rest.create(OLD, bad))).message).toContain('addressType: Unsupported value: "IPX"');
  });

  it('keeps who owns what across versions', async () => {
    const rest = await createRest();
    await rest.create(OLD, old());
    await patchObject(
      rest.context,
      rest.target(ENDPOINT_SLICES, 's'),
      { ports: [{ port: 80 }] },
      {
        type: 'merge',
        fieldManager: 'other',
      },
    );
    const managers = getObject(rest.context, rest.target(ENDPOINT_SLICES, 's')).value.metadata!.managedFields!;
    expect(managers.map(({ manager, apiVersion }) => `${manager} ${apiVersion}`).sort()).toEqual([
      'other discovery.k8s.io/v1',
      'tester discovery.k8s.io/v1beta1',
    ]);
  });
});

describe('an eviction', () => {
  it('may be written in policy/v1beta1', async () => {
    const rest = await createRest();
    await rest.create(PODS, { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } });
    const body = { apiVersion: 'policy/v1beta1', kind: 'Eviction', metadata: { name: 'p' } };
    const evict = (version: string) =>
      callSubresource(rest.context, rest.target(PODS, 'p'), 'eviction', 'create', { ...body, apiVersion: version }, {});
    expect((await refusalOf(evict('policy/v1alpha1'))).code).toBe(400);
    expect((await evict('policy/v1beta1')).created).toBe(true);
  });
});

/** ConfigMaps in a second version that only somebody else can convert: `data.v` tells the version. */
function remoteVersion(registry: KindRegistry, calls: string[]): Kind {
  const kept = registry.byKind('', 'v1', 'ConfigMap')!;
  const conversion: Conversion = {
    storedAs: 'v1',
    async ask(objects, apiVersion) {
      calls.push(`${objects.length} to ${apiVersion}`);
      await Promise.resolve();
      return objects.map((object) => ({ ...cloneJson(object), apiVersion }));
    },
  };
  return { ...kept, resource: { ...kept.resource, group: '', version: 'v9' }, conversion };
}

async function withRemote(): Promise<{ rest: Rest; calls: string[] }> {
  const calls: string[] = [];
  const kind = remoteVersion(createKindRegistry(), calls);
  const registry = createKindRegistry([kind]);
  const rest = await createRest({ context: { registry } });
  return { rest, calls };
}

const REMOTE = { ...CONFIG_MAPS, version: 'v9' };

describe('a version that somebody else converts', () => {
  it('is asked for once a stored object, and shown in order', async () => {
    const { rest, calls } = await withRemote();
    const early = rest.watch(REMOTE, { resourceVersion: String(rest.store.revision) });
    await rest.create(CONFIG_MAPS, { metadata: { name: 'a' } });
    await rest.create(CONFIG_MAPS, { metadata: { name: 'b' } });
    await deleteObject(rest.context, rest.target(CONFIG_MAPS, 'a'));
    await rest.create(CONFIG_MAPS, { metadata: { name: 'c' } });
    const late = rest.watch(REMOTE, {
      sendInitialEvents: true,
      allowWatchBookmarks: true,
      resourceVersionMatch: 'NotOlderThan',
    });
    await rest.create(CONFIG_MAPS, { metadata: { name: 'd' } });
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
    expect(early.lines).toEqual(['ADDED a', 'ADDED b', 'DELETED a', 'ADDED c', 'ADDED d']);
    expect(late.lines).toEqual(['ADDED b', 'ADDED c', 'BOOKMARK', 'ADDED d']);
    expect(new Set([...early.objects, ...late.objects].map(({ apiVersion }) => apiVersion))).toEqual(new Set(['v9']));
    expect(calls.length).toBeLessThanOrEqual(6);
  });
});

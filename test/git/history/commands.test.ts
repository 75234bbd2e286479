/** What `reflet get --at` and `reflet diff` print, over a real repository. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { printDiff, readDiff } from '../../../daemon/bin/diff.ts';
import { getAt } from '../../../daemon/bin/get-at.ts';
import type { Deployment, Service } from '../../../daemon/kinds/types.generated.ts';
import { deploymentText } from '../support/cluster.ts';
import { collectOutput, endpointClient } from '../support/endpoint-client.ts';
import { type Clone, configMap, createWorld, type World } from '../support/world.ts';

let world: World;
let clone: Clone;
beforeEach(async () => {
  world = await createWorld();
  clone = await world.clone('a');
});
afterEach(() => world.close());

const push = async (files: Record<string, string | undefined>) => {
  await clone.commit(files);
  const pushed = await clone.push();
  expect(pushed.exitCode, pushed.stderr).toBe(0);
  return (await clone.git('rev-parse', 'HEAD')).stdout.trim();
};

const get = async (kind: string, at: string, more: { name?: string; output?: string; labelSelector?: string } = {}) => {
  const { out, text } = collectOutput();
  const warnings: string[] = [];
  const request = { kind, at, output: 'table', allNamespaces: false, namespace: 'default', ...more };
  await getAt(endpointClient(world), request, out, (warning) => warnings.push(warning));
  return { text: text().replace(/\d+[sm]\d*s?$/gm, 'AGE'), warnings };
};

const diff = async (request: Parameters<typeof readDiff>[1], json = false) => {
  const { out, text } = collectOutput();
  const code = printDiff(await readDiff(endpointClient(world), request), json, out);
  return {
    code,
    text: text()
      .replace(/\b[0-9a-f]{12}\b/g, 'COMMIT')
      .replace(/\(revision .*?\)/g, '(WHEN)'),
  };
};

const SECRET = (value: string) =>
  `apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData:\n  password: ${value}\n`;

describe('reflet get --at', () => {
  it('prints what a commit said, by commit, ref, time and revision', async () => {
    const first = await push({ 'web.yaml': deploymentText({ name: 'web', image: 'i:1', replicas: 3 }) });
    const revision = world.store.revision;
    await push({ 'web.yaml': deploymentText({ name: 'web', image: 'i:2', replicas: 5 }) });
    await world.store.compact(world.store.revision);
    const moments = [first, first.slice(0, 8), 'main~1', 'HEAD^', String(revision)];
    for (const at of moments) {
      expect((await get('deploy', at)).text, at).toBe(
        'NAME  READY  UP-TO-DATE  AVAILABLE  AGE\nweb   0/3    0           0          AGE\n',
      );
    }
    expect((await get('deployments.apps', first, { output: 'wide' })).text).toContain('IMAGES');
    expect((await get('Deployment', 'main', { output: 'name' })).text).toBe('deployment/web\n');
    const { text, warnings } = await get('deployment', first, { name: 'web', output: 'yaml' });
    expect(text).toContain('image: i:1');
    expect(text).toMatch(/^apiVersion: apps\/v1\nkind: Deployment\n/);
    expect(warnings).toEqual([expect.stringContaining(`desired objects of commit ${first.slice(0, 12)}`)]);
  });

  it('finds a commit that is written in digits alone when it is shortened', async () => {
    await clone.commit({ 'web.yaml': deploymentText({ name: 'web', image: 'i:1', replicas: 3 }) });
    const idOf = async () => (await clone.git('rev-parse', 'HEAD')).stdout.trim();
    // One of 27 is such a one.
    for (let message = 0; !/^[1-9]\d{6}/.test(await idOf()); message++)
      await clone.git('commit', '-q', '--amend', '-m', `message ${message}`);
    const commit = await idOf();
    expect((await clone.push()).exitCode).toBe(0);
    expect((await get('deploy', commit.slice(0, 7), { output: 'name' })).text).toBe('deploy/web\n');
    await expect(get('deploy', '9999999')).rejects.toThrow('Too large resource version: 9999999');
  });

  it('shows the addresses and ports that a Service had, also when it is gone', async () => {
    const service = (more: string) =>
      `apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]${more}}\n`;
    const spec = () =>
      (world.store.get('/registry/core/services/default/web')?.value as Service | undefined)?.spec ?? {};
    const past = async (at: string) =>
      (JSON.parse((await get('svc', at, { name: 'web', output: 'json' })).text) as Service).spec;
    const inside = await push({ 'web.yaml': service('') });
    const { clusterIP } = spec();
    const outside = await push({ 'web.yaml': service(', type: NodePort') });
    const nodePort = spec().ports?.[0]?.nodePort;
    expect(nodePort).toBeGreaterThan(0);
    const other = nodePort === 30_777 ? 30_778 : 30_777;
    const moved = await push({
      'web.yaml': service(', type: NodePort').replace('{port: 80}', `{port: 80, nodePort: ${other}}`),
    });
    await push({ 'a.yaml': configMap('a', { k: '1' }) });
    await push({ 'web.yaml': undefined });
    expect(spec()).toEqual({});
    await world.restart();
    expect(await past(inside)).toMatchObject({ type: 'ClusterIP', clusterIP, clusterIPs: [clusterIP] });
    expect((await past(inside))?.ports).toEqual([{ port: 80, protocol: 'TCP', targetPort: 80 }]);
    expect(await past(outside)).toMatchObject({ clusterIP, ports: [{ port: 80, nodePort }] });
    expect(await past(moved)).toMatchObject({ clusterIP, ports: [{ port: 80, nodePort: other }] });
  });

  it('reads commits that never came into force by themselves', async () => {
    await clone.commit({ 'a.yaml': configMap('a', { k: '1' }) });
    const inner = (await clone.git('rev-parse', 'HEAD')).stdout.trim();
    await push({ 'a.yaml': configMap('a', { k: '2' }) });
    const { text, warnings } = await get('cm', inner, { name: 'a', output: 'json' });
    expect(JSON.parse(text)).toMatchObject({ data: { k: '1' } });
    expect(JSON.parse(text).metadata).not.toHaveProperty('resourceVersion');
    expect(warnings[0]).toContain('which never came into force by itself');
  });

  it('says what is wrong with a moment, and that nothing was there', async () => {
    await push({ 'a.yaml': configMap('a', {}) });
    await expect(get('cm', '--output=/etc/passwd')).rejects.toThrow('is no moment: expected a commit');
    await expect(get('cm', 'main:a.yaml')).rejects.toThrow('is no moment');
    await expect(get('cm', 'nosuch')).rejects.toThrow('commits "nosuch" not found');
    await expect(get('nosuch', 'main')).rejects.toThrow('there is no kind "nosuch"');
    await expect(get('cm', 'main', { name: 'b' })).rejects.toThrow('configmaps "b" not found');
    await expect(get('cm', '2001-01-01')).rejects.toThrow('nothing is known of what was in force at 2001-01-01');
    await expect(get('cm', '1 quarter ago')).rejects.toThrow('is no moment');
    expect((await get('secrets', 'main')).text).toBe('No resources found.\n');
  });

  it('asks for the rights of the very verb', async () => {
    await push({ 'db.yaml': SECRET('hunter2') });
    const asked: string[] = [];
    const authorizer = {
      authorize: (_user: unknown, attributes: object) => {
        asked.push(JSON.stringify(attributes));
        return { allowed: false, reason: '' };
      },
    };
    const client = endpointClient(world, { user: { username: 'eve', groups: [] }, context: { authorizer } });
    const answer = await client.raw('GET', '/reflet/v1/history?kind=secrets&namespace=default&name=db&at=main');
    expect(answer.code).toBe(403);
    expect(answer.body).not.toContain('hunter2');
    expect(asked[0]).toContain('"verb":"get"');
    expect(asked[0]).toContain('"resource":"secrets"');
    expect((await client.raw('GET', '/reflet/v1/history?kind=secrets&at=main')).code).toBe(403);
    expect(asked[1]).toContain('"verb":"list"');
  });

  it('gives an authorized reader a Secret as the API would', async () => {
    await push({ 'db.yaml': SECRET('hunter2') });
    await push({ 'db.yaml': SECRET('hunter3') });
    await world.store.compact(world.store.revision);
    const { text } = await get('secret', 'main~1', { name: 'db', output: 'json' });
    expect(JSON.parse(text)).toMatchObject({ data: { password: Buffer.from('hunter2').toString('base64') } });
    expect(JSON.parse(text)).not.toHaveProperty('stringData');
  });
});

describe('reflet diff', () => {
  it('shows objects and fields with their places', async () => {
    await push({
      'web.yaml': deploymentText({ name: 'web', image: 'i:1', replicas: 2 }),
      'old.yaml': configMap('old', { k: 'v' }),
      'db.yaml': SECRET('hunter2'),
      'same.yaml': configMap('same', {}),
    });
    await push({
      'web.yaml': deploymentText({ name: 'web', image: 'i:2', replicas: 3 }),
      'old.yaml': undefined,
      'new.yaml': configMap('new', { k: 'v' }),
      'db.yaml': SECRET('hunter3'),
      'same.yaml': undefined,
      'moved.yaml': configMap('same', {}),
    });
    const { code, text } = await diff({ from: 'main~1' });
    expect(code).toBe(1);
    expect(text).toBe(`COMMIT (WHEN) → COMMIT (WHEN)
+ configmap default/new  added  new.yaml:1
- configmap default/old  removed  old.yaml:1
~ deployment default/web  changed  web.yaml:1
    ~ spec.replicas: 2 → 3  line 7
    ~ spec.template.spec.containers[main].image: "i:1" → "i:2"  line 14
~ secret default/db  changed  db.yaml:1
    ~ stringData.password: <redacted> → <redacted>, another value  line 5
`);
    const json = await diff({ from: 'main~1', to: 'main' }, true);
    expect(json.text).not.toMatch(/hunter/);
    expect(JSON.parse(json.text).objects[2]).toMatchObject({
      kind: 'Deployment',
      change: 'changed',
      place: { file: 'web.yaml', line: 1 },
      fields: [
        { path: 'spec.replicas', before: 2, after: 3, line: 7 },
        { path: 'spec.template.spec.containers[0].image' },
      ],
    });
    expect(await diff({ from: 'main', to: 'main' })).toMatchObject({
      code: 0,
      text: expect.stringContaining('no difference'),
    });
  });

  it('does not compare what cannot be read', async () => {
    await push({ 'a.yaml': configMap('a', {}) });
    await clone.git('checkout', '-q', '-b', 'broken');
    await clone.commit({ 'a.yaml': 'kind: [' });
    await clone.git('push', 'origin', 'broken');
    await expect(diff({ from: 'broken' })).rejects.toThrow(/commit [0-9a-f]{12} cannot be read: a\.yaml:1/);
  });
});

describe('reflet diff --live', () => {
  it('shows what others changed, what is missing and, when asked, what others own', async () => {
    await push({
      'web.yaml': deploymentText({ name: 'web', image: 'i:1', replicas: 2 }),
      'a.yaml': configMap('a', { k: 'v' }),
      'db.yaml': SECRET('hunter2'),
    });
    expect(await diff({ live: true })).toMatchObject({
      code: 0,
      text: expect.stringContaining('→ live\nno difference'),
    });
    // As long as somebody holds the lease, the drift watch waits and what it would correct can be seen.
    const lease = await world.git.engine.lease.acquire(1_000);
    const key = '/registry/apps/deployments/default/web';
    const live = structuredClone(world.store.get(key)!.value) as Deployment;
    live.spec!.replicas = 9;
    live.metadata!.labels = { team: 'shop' };
    live.metadata!.managedFields!.push({
      manager: 'autoscaler',
      operation: 'Update',
      apiVersion: 'apps/v1',
      time: '2026-01-01T00:00:00Z',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': { 'f:replicas': {} }, 'f:metadata': { 'f:labels': { '.': {}, 'f:team': {} } } },
    });
    await world.store.commit([
      { type: 'put', key, value: live },
      { type: 'delete', key: '/registry/core/configmaps/default/a' },
    ]);
    try {
      const { code, text } = await diff({ live: true });
      expect(code).toBe(1);
      expect(text.split('\n').slice(1).join('\n')).toBe(`! configmap default/a  missing  a.yaml:1
~ deployment default/web  changed  web.yaml:1
    ~ spec.replicas: 2 → 9  line 7, by autoscaler
`);
      expect((await diff({ live: true, foreign: true })).text).toContain(
        '    + metadata.labels.team: "shop"  by autoscaler\n',
      );
    } finally {
      lease.release();
    }
  });
});

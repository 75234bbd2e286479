/** People's API writes as commits: what is committed, where, by whom, and what stays out of git. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { updateObject } from '../../daemon/api/rest/update.ts';
import { cloneJson } from '../../daemon/base/json.ts';
import type { KubeObject, ManagedFieldsEntry } from '../../daemon/base/object.ts';
import { CONFIG_MAPS } from '../../daemon/kinds/resources.ts';
import { restContext, targetOf } from './support/rest.ts';
import { type Clone, configMap, createWorld, stored, type World } from './support/world.ts';
import { ALICE, CONTROLLER, change, create, remove } from './support/writes.ts';

let world: World;
let clone: Clone;
beforeEach(async () => {
  world = await createWorld();
  clone = await world.clone('a');
});
afterEach(() => world.close());

const ONE = '/registry/core/configmaps/default/one';
const WEB = '/registry/apps/deployments/default/web';

const settled = () => world.git.engine.settled();
const log = async (format: string) =>
  (await clone.git('-C', world.git.repository.gitDir, 'log', `--format=${format}`, 'main')).stdout.trim();
const show = async (path: string) =>
  (await clone.git('-C', world.git.repository.gitDir, 'show', `main:${path}`)).stdout;

const WEB_YAML = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: nginx:1
`;

describe('a person creating an object', () => {
  it('makes a new file, authored by them, with what they sent and without defaults', async () => {
    const result = await create(world, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx:1' }] } },
      },
    } as never);
    expect(result.ok).toBe(true);
    expect(world.store.get(WEB)).toBeDefined();
    await settled();
    expect(await log('%an <%ae>|%cn|%s')).toBe('alice <alice@reflet>|reflet|Create deployment default/web');
    expect(parse(await show('default/deployment-web.yaml'))).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx:1' }] } },
      },
    });
    expect(world.git.status()).toMatchObject({ objects: 1, commit: await log('%H') });
  });

  it('writes exactly what kubectl apply sent', async () => {
    const sent = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'one', namespace: 'default', annotations: {} },
      data: { a: '1' },
    };
    await create(world, {
      ...sent,
      metadata: {
        ...sent.metadata,
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(sent) },
      },
    } as never);
    await settled();
    expect(parse(await show('default/configmap-one.yaml'))).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'one', namespace: 'default' },
      data: { a: '1' },
    });
  });

  it('keeps out of git what never belongs there', async () => {
    await create(world, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'loose' } });
    await create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'loose' } });
    await create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'sa' } }, { user: CONTROLLER });
    await create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'gen' } }, { generated: true });
    await create(world, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      data: { p: 'cGFzcw==' },
    } as never);
    expect(world.git.status().commit).toBeUndefined();
    expect(stored(world.store, 'secrets', 's')).toBeDefined();
  });
});

describe('a person changing an object of git', () => {
  beforeEach(async () => {
    await clone.commit({ 'web.yaml': WEB_YAML, 'one.yaml': configMap('one', { a: '1' }) });
    expect((await clone.push()).exitCode).toBe(0);
  });

  it('edits its own file, in the fields that changed only', async () => {
    await change(world, WEB, (web) => {
      const template = (web['spec'] as { template: { spec: { containers: { image: string }[] } } }).template;
      template.spec.containers[0]!.image = 'nginx:2';
      web.metadata!.labels = { team: 'blue' };
    });
    await settled();
    const expected = parse(WEB_YAML);
    expected.metadata.labels = { team: 'blue' };
    expected.spec.template.spec.containers[0].image = 'nginx:2';
    expect(parse(await show('web.yaml'))).toEqual(expected);
    expect((await clone.git('pull', '-q', '--rebase', 'origin', 'main')).exitCode).toBe(0);
  });

  it('leaves ownership with git, so that a revert takes the change back', async () => {
    await change(world, WEB, (web) => {
      web.metadata!.labels = { team: 'blue' };
    });
    const managers = world.store.get(WEB)!.value.metadata!.managedFields as ManagedFieldsEntry[];
    expect(managers.map(({ manager }) => manager)).toEqual(['reflet-git']);
    await settled();
    await clone.git('pull', '-q', 'origin', 'main');
    await clone.git('revert', '--no-edit', 'HEAD');
    expect((await clone.push()).exitCode).toBe(0);
    expect(world.store.get(WEB)!.value.metadata!.labels).toBeUndefined();
  });

  it('scales in the file; deletes the document', async () => {
    await change(
      world,
      WEB,
      (web) => {
        (web['spec'] as { replicas: number }).replicas = 5;
      },
      { subresource: 'scale', manager: 'kubectl' },
    );
    await settled();
    expect(parse(await show('web.yaml')).spec.replicas).toBe(5);
    expect(await log('%s')).toContain('Scale deployment default/web');
    await remove(world, WEB);
    await settled();
    expect(world.store.get(WEB)).toBeUndefined();
    expect((await clone.git('-C', world.git.repository.gitDir, 'ls-tree', '--name-only', 'main')).stdout).toBe(
      'one.yaml\n',
    );
  });

  it('is told of a conflict when the object changed meanwhile, and nothing is committed', async () => {
    const before = await log('%H');
    const stale = world.store.get(ONE)!;
    const results = await Promise.all(
      [1, 2, 3].map((number) =>
        change(world, ONE, (one) => {
          one['data'] = { a: String(number * 10) };
        }),
      ),
    );
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    await settled();
    expect((await log('%H')).split('\n')).toHaveLength(before.split('\n').length + 1);
    expect(stale.modRevision).toBeLessThan(world.store.get(ONE)!.modRevision);
  });

  it('goes on from what another has written, though that is still on its way to the disk', async () => {
    const append = world.log.append.bind(world.log);
    let finish = () => {};
    const disk = new Promise<void>((resolve) => {
      finish = resolve;
    });
    world.log.append = (...batch) => disk.then(() => append(...batch));
    const { value, modRevision } = world.store.get(ONE)!;
    const theirs = { ...cloneJson(value), status: 'seen' } as KubeObject;
    const first = world.store.commit([{ type: 'put', key: ONE, value: theirs, expect: modRevision }]);
    const refused = await world.store.commit([{ type: 'put', key: ONE, value, expect: modRevision }]);
    if (refused.ok || !refused.present) throw new Error('it was expected to be told of the one that was first');
    const ours = (one: KubeObject & { data?: unknown }) => {
      one.data = { a: 'ours' };
    };
    const second = change(world, ONE, ours, { live: refused.present });
    finish();
    expect([(await first).ok, (await second).ok]).toEqual([true, true]);
    expect(stored(world.store, 'configmaps', 'one')).toMatchObject({ data: { a: 'ours' }, status: 'seen' });
  });

  it('commits nothing when only what is not for files changed', async () => {
    const before = await log('%H');
    const result = await change(world, ONE, (one) => {
      one.metadata!.annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
    });
    expect(result.ok).toBe(true);
    await settled();
    expect(await log('%H')).toBe(before);
  });
});

describe('writes and pushes together', () => {
  it('put every acknowledged write into history exactly once', async () => {
    await clone.commit({ 'one.yaml': configMap('one', { a: '1' }) });
    await clone.push();
    const names = Array.from({ length: 50 }, (_, number) => `w${number}`);
    const writes = names.map((name) => create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }));
    await clone.commit({ 'one.yaml': configMap('one', { a: '2' }) });
    const pushed = await clone.push();
    const results = await Promise.all(writes);
    expect(results.every(({ ok }) => ok)).toBe(true);
    await settled();
    const subjects = (await log('%s')).split('\n');
    for (const name of names)
      expect(subjects.filter((one) => one === `Create configmap default/${name}`)).toHaveLength(1);
    if (pushed.exitCode !== 0) {
      expect(pushed.stderr).toMatch(/fetch first|moved|failed to push/);
      await clone.git('pull', '-q', '--rebase', 'origin', 'main');
      expect((await clone.push()).stderr).toContain('configmap default/one configured');
    }
    expect(stored(world.store, 'configmaps', 'one')).toMatchObject({ data: { a: '2' } });
    const fsck = await clone.git('-C', world.git.repository.gitDir, 'fsck', '--full', '--strict');
    expect(fsck).toMatchObject({ exitCode: 0 });
  });
});

describe('fifty writers of one version and a push', () => {
  it('have one winner at most, in history once; the losers are told 409 in Kubernetes’ words, and nothing of theirs is anywhere', async () => {
    await clone.commit({ 'one.yaml': configMap('one', { a: '1' }) });
    await clone.push();
    const context = restContext(world);
    const resourceVersion = String(world.store.get(ONE)!.modRevision);
    const before = (await log('%H')).split('\n').length;
    const values = Array.from({ length: 50 }, (_, number) => `w${number}`);
    const writes = Promise.allSettled(
      values.map((a) => {
        const body = { metadata: { name: 'one', resourceVersion }, data: { a } } as KubeObject;
        return updateObject(context, targetOf(CONFIG_MAPS, 'one'), body);
      }),
    );
    await clone.commit({ 'one.yaml': configMap('one', { a: 'pushed' }) });
    const [pushed, results] = await Promise.all([clone.push(), writes]);
    await settled();
    const won = values.filter((_, at) => results[at]!.status === 'fulfilled');
    const winners = [...won, ...(pushed.exitCode === 0 ? ['pushed'] : [])];
    expect(won.length).toBeLessThanOrEqual(1);
    expect(winners).toContain((stored(world.store, 'configmaps', 'one') as { data: { a: string } }).data.a);
    expect((await log('%H')).split('\n')).toHaveLength(before + winners.length);
    for (const result of results.filter(({ status }) => status === 'rejected'))
      expect((result as PromiseRejectedResult).reason.status).toMatchObject({
        code: 409,
        reason: 'Conflict',
        message:
          'Operation cannot be fulfilled on configmaps "one": the object has been modified; please apply your changes to the latest version and try again',
      });
    const history = (await clone.git('-C', world.git.repository.gitDir, 'log', '-p', 'main', '--', 'one.yaml')).stdout;
    expect(values.filter((a) => history.includes(`+  "a": "${a}"`))).toEqual(won);
  });
});

describe('drift', () => {
  beforeEach(async () => {
    await clone.commit({ 'one.yaml': configMap('one', { a: '1' }) });
    await clone.push();
  });

  it('by a service account is put back, with an event', async () => {
    await change(
      world,
      ONE,
      (one) => {
        one['data'] = { a: 'other', mine: 'x' };
      },
      { user: CONTROLLER, manager: 'robot' },
    );
    await expect.poll(() => stored(world.store, 'configmaps', 'one')?.['data']).toEqual({ a: '1', mine: 'x' });
    await expect.poll(() => world.events.join()).toMatch(/Warning DriftReverted one: .*one\.yaml:1 says \(by robot\)/);
  });

  it('by deletion is made again', async () => {
    await remove(world, ONE, { user: CONTROLLER });
    await expect.poll(() => stored(world.store, 'configmaps', 'one')?.['data']).toEqual({ a: '1' });
    expect(ALICE.username).toBe('alice');
  });
});

/** The API's own verbs above the git-aware persistence: what kubectl does, as commits. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { RestContext } from '../../daemon/api/rest/context.ts';
import { createObject } from '../../daemon/api/rest/create.ts';
import { deleteObject } from '../../daemon/api/rest/delete.ts';
import { patchObject } from '../../daemon/api/rest/patch.ts';
import { patchScale } from '../../daemon/api/rest/scale.ts';
import type { KubeObject } from '../../daemon/base/object.ts';
import type { Resource } from '../../daemon/kinds/resource.ts';
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  NAMESPACES,
  SECRETS,
  SERVICE_ACCOUNTS,
  SERVICES,
} from '../../daemon/kinds/resources.ts';
import { restContext, targetOf } from './support/rest.ts';
import { type Clone, configMap, createWorld, stored, type World } from './support/world.ts';

let world: World;
let clone: Clone;
let context: RestContext;
beforeEach(async () => {
  world = await createWorld();
  clone = await world.clone('a');
  context = restContext(world);
});
afterEach(() => world.close());

const scope = (resource: Resource) => targetOf(resource, '');
const show = async (path: string) => {
  await world.git.engine.settled();
  return (await clone.git('-C', world.git.repository.gitDir, 'show', `main:${path}`)).stdout;
};
const subjects = async () => {
  await world.git.engine.settled();
  return (await clone.git('-C', world.git.repository.gitDir, 'log', '--format=%s', 'main')).stdout.trim().split('\n');
};

const WEB_YAML = `# The shop's front.
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2 # two are enough
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: "nginx:1"   # pinned
`;

describe('kubectl', () => {
  it('a new Secret stays out of git when there is no key, and its author is told so', async () => {
    const body = { metadata: { name: 'keys' }, data: { k: 'dg==' } } as KubeObject;
    const { warnings } = await createObject(context, scope(SECRETS), body);
    expect(warnings).toEqual(['the Secret is kept at run time only: there is no key to encrypt it with for git']);
    const plain = { metadata: { name: 'plain' }, data: { k: 'v' } } as KubeObject;
    expect((await createObject(context, scope(CONFIG_MAPS), plain)).warnings).toEqual([]);
  });

  it('set image, scale and rollout restart edit only their places in the file', async () => {
    await clone.commit({ 'web.yaml': WEB_YAML });
    expect((await clone.push()).exitCode).toBe(0);
    const target = { ...scope(DEPLOYMENTS), name: 'web' };
    const containers = [{ name: 'web', image: 'nginx:2' }];
    await patchObject(context, target, { spec: { template: { spec: { containers } } } }, { type: 'strategic' });
    await patchScale(context, target, { spec: { replicas: 4 } }, { type: 'merge' });
    expect(await show('web.yaml')).toBe(WEB_YAML.replace('nginx:1', 'nginx:2').replace('replicas: 2', 'replicas: 4'));
    const annotations = { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' };
    await patchObject(context, target, { spec: { template: { metadata: { annotations } } } }, { type: 'strategic' });
    expect(parse(await show('web.yaml')).spec.template.metadata).toEqual({ labels: { app: 'web' }, annotations });
    expect(await subjects()).toEqual([
      'Update deployment default/web',
      'Scale deployment default/web',
      'Update deployment default/web',
      'change',
    ]);
    const managers = world.store.get('/registry/apps/deployments/default/web')!.value.metadata!.managedFields!;
    expect(managers.map(({ manager, operation }) => `${manager} ${operation}`)).toEqual(['reflet-git Apply']);
  });

  it('expose writes no allocated address into git; deleting removes the file', async () => {
    const body = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    };
    await createObject(context, scope(SERVICES), body as never);
    expect(stored(world.store, 'services', 'web')).toMatchObject({
      spec: { clusterIP: expect.stringMatching(/^10\.96\./) },
    });
    expect(parse(await show('default/service-web.yaml'))).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'default' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    });
    await deleteObject(context, { ...scope(SERVICES), name: 'web' });
    expect(stored(world.store, 'services', 'web')).toBeUndefined();
    expect(await subjects()).toEqual(['Delete service default/web', 'Create service default/web']);
  });

  it('apply --server-side adds fields to the file, and takes them out again', async () => {
    await clone.commit({ 'web.yaml': WEB_YAML });
    await clone.push();
    const target = { ...scope(DEPLOYMENTS), name: 'web' };
    const patch = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', labels: { team: 'blue' } } };
    await patchObject(context, target, patch, { type: 'apply', fieldManager: 'kubectl' });
    expect(parse(await show('web.yaml')).metadata).toEqual({ name: 'web', labels: { team: 'blue' } });
    await patchObject(
      context,
      target,
      { ...patch, metadata: { name: 'web' } },
      { type: 'apply', fieldManager: 'kubectl' },
    );
    expect(world.store.get('/registry/apps/deployments/default/web')!.value.metadata!.labels).toBeUndefined();
    expect(await show('web.yaml')).toBe(WEB_YAML);
  });

  it('delete namespace takes all of it out of git in one commit', async () => {
    const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n';
    await clone.commit({
      'all.yaml': `${namespace}---\n${configMap('x', { a: '1' }, 'shop')}`,
      'y.yaml': configMap('other', { a: '1' }, 'shop'),
      'z.yaml': configMap('z', { a: '1' }),
    });
    expect((await clone.push()).exitCode).toBe(0);
    await deleteObject(context, { ...scope(NAMESPACES), name: 'shop' });
    expect(world.store.get('/registry/core/namespaces/shop')?.value.metadata?.deletionTimestamp).toBeDefined();
    expect([...world.git.engine.state.objects.keys()]).toEqual(['/registry/core/configmaps/default/z']);
    await world.git.engine.settled();
    expect((await clone.git('-C', world.git.repository.gitDir, 'ls-tree', '-r', '--name-only', 'main')).stdout).toBe(
      'z.yaml\n',
    );
  });

  it('a service account of a controller never commits', async () => {
    await createObject(
      context,
      { ...scope(SERVICE_ACCOUNTS), user: { username: 'system:serviceaccount:kube-system:x', groups: [] } },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } } as never,
    );
    expect(world.git.status().commit).toBeUndefined();
  });

  it('is told where an object stands when its file cannot be edited', async () => {
    const yaml = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\n  labels: &shared {a: x}\n  annotations: *shared\n`;
    await clone.commit({ 'one.yaml': yaml });
    expect((await clone.push()).exitCode).toBe(0);
    const target = {
      ...scope({ group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true }),
      name: 'one',
    };
    await expect(
      patchObject(context, target, { metadata: { labels: { a: 'y' } } }, { type: 'merge' }),
    ).rejects.toMatchObject({
      status: {
        code: 403,
        message: expect.stringMatching(/configmaps "one" is forbidden: it is written in git at one\.yaml:\d+:\d+: /),
      },
    });
    expect(stored(world.store, 'configmaps', 'one')).toMatchObject({ metadata: { labels: { a: 'x' } } });
  });
});

describe('provenance', () => {
  it('names file, line and the last commit', async () => {
    await clone.commit({ 'two.yaml': `${configMap('a', { a: '1' })}---\n${configMap('b', { a: '1' })}` }, 'Add two');
    await clone.push();
    expect(await world.git.provenance('/registry/core/configmaps/default/b')).toMatchObject({
      file: 'two.yaml',
      document: 1,
      line: 9,
      commit: { author: 'Ada', subject: 'Add two' },
    });
    expect(await world.git.provenance('/registry/core/configmaps/default/none')).toBeUndefined();
  });
});

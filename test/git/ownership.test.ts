/** Who owns a field (docs/git.md): what git names is git's, everything else is whoever's it is, and each way back is there. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { RestContext } from '../../daemon/api/rest/context.ts';
import { createObject } from '../../daemon/api/rest/create.ts';
import { deleteObject } from '../../daemon/api/rest/delete.ts';
import { patchObject } from '../../daemon/api/rest/patch.ts';
import { patchScale } from '../../daemon/api/rest/scale.ts';
import type { UserInfo } from '../../daemon/auth/user.ts';
import type { JsonObject, KubeObject, ManagedFieldsEntry } from '../../daemon/base/object.ts';
import { CONFIG_MAPS, DEPLOYMENTS, SERVICES } from '../../daemon/kinds/resources.ts';
import { LAST_APPLIED_ANNOTATION } from '../../daemon/merge/last-applied.ts';
import { restContext, targetOf } from './support/rest.ts';
import { type Clone, configMap, createWorld, type World } from './support/world.ts';

const ROBOT: UserInfo = { username: 'system:serviceaccount:shop:robot', groups: ['system:serviceaccounts'] };
const AUTOSCALER: UserInfo = {
  username: 'system:serviceaccount:kube-system:horizontal-pod-autoscaler',
  groups: ['system:serviceaccounts'],
};
const WEB = '/registry/apps/deployments/default/web';

let world: World;
let clone: Clone;
let context: RestContext;
beforeEach(async () => {
  world = await createWorld();
  clone = await world.clone('a');
  context = restContext(world);
});
afterEach(() => world.close());

const web = (
  lines: { replicas?: number; image?: string; labels?: string; more?: string } = {},
): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
${lines.labels === undefined ? '' : `  labels: ${lines.labels}\n`}spec:
${lines.replicas === undefined ? '' : `  replicas: ${lines.replicas}\n`}  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: ${lines.image ?? 'nginx:1'}
        ports: [{containerPort: 80}]
        env: [{name: A, value: "1"}]
${lines.more ?? ''}`;

async function push(files: Record<string, string | undefined>): Promise<string> {
  await world.git.engine.settled();
  await clone.git('pull', '-q', '--rebase', 'origin', 'main');
  await clone.commit(files);
  const result = await clone.push();
  expect(result.stderr).not.toContain('refused');
  expect(result.exitCode).toBe(0);
  return result.stderr;
}
const show = async (path: string): Promise<string> => {
  await world.git.engine.settled();
  return (await clone.git('-C', world.git.repository.gitDir, 'show', `main:${path}`)).stdout;
};
const tip = async (): Promise<string> => {
  await world.git.engine.settled();
  return (await clone.git('-C', world.git.repository.gitDir, 'rev-parse', 'main')).stdout;
};

interface Deployed extends KubeObject {
  spec: {
    replicas: number;
    minReadySeconds?: number;
    template: { spec: { containers: { name: string; image: string; env?: object[]; ports?: object[] }[] } };
  };
}
const live = (key = WEB): Deployed => world.store.get(key)!.value as Deployed;
const managers = (key = WEB): string[] =>
  (live(key).metadata!.managedFields as ManagedFieldsEntry[]).map(
    ({ manager, operation, subresource }) => `${manager} ${operation}${subresource ? ` ${subresource}` : ''}`,
  );
const as = (user: UserInfo, patch: JsonObject, manager = 'robot') =>
  patchObject(context, targetOf(DEPLOYMENTS, 'web', user), patch, { type: 'strategic', fieldManager: manager });
const scaleAs = (user: UserInfo, replicas: number) =>
  patchScale(context, targetOf(DEPLOYMENTS, 'web', user), { spec: { replicas } }, { type: 'merge' });
/** Everything that the drift watch was told of has been looked at: its own writes are in the store by then. */
const quiet = async (): Promise<void> => {
  await push({ 'quiet.yaml': configMap('quiet', { at: String(world.store.revision) }) });
};

describe('replicas', () => {
  it('that the file does not name belong to whoever scales, whatever is pushed', async () => {
    await push({ 'web.yaml': web() });
    await scaleAs(AUTOSCALER, 5);
    expect(live().spec.replicas).toBe(5);
    await push({ 'web.yaml': web({ image: 'nginx:2' }) });
    expect(live().spec).toMatchObject({ replicas: 5, template: { spec: { containers: [{ image: 'nginx:2' }] } } });
    await scaleAs(ROBOT, 3);
    await quiet();
    expect(live().spec.replicas).toBe(3);
    expect(await show('web.yaml')).toBe(web({ image: 'nginx:2' }));
  });

  it('that the file names are taken by a controller’s /scale until the file’s own value changes', async () => {
    await push({ 'web.yaml': web({ replicas: 2 }) });
    await scaleAs(AUTOSCALER, 5);
    await quiet();
    expect(live().spec.replicas).toBe(5);
    await push({ 'web.yaml': web({ replicas: 2, image: 'nginx:2' }) });
    expect(live().spec).toMatchObject({ replicas: 5, template: { spec: { containers: [{ image: 'nginx:2' }] } } });
    await world.restart();
    context = restContext(world);
    await quiet();
    expect(live().spec.replicas).toBe(5);
    await push({ 'web.yaml': web({ replicas: 3, image: 'nginx:2' }) });
    expect(live().spec.replicas).toBe(3);
    expect(managers()).toEqual(['reflet-git Apply']);
    expect(world.events.filter((line) => line.includes('Drift'))).toEqual([]);
  });

  it('written by a controller past /scale are drift', async () => {
    await push({ 'web.yaml': web({ replicas: 2 }) });
    await as(ROBOT, { spec: { replicas: 7 } });
    await expect.poll(() => live().spec.replicas).toBe(2);
    await expect.poll(() => world.events.join()).toContain('Warning DriftReverted web: ');
  });

  it('of an object as kubectl makes it: a controller’s first annotation is no drift', async () => {
    const template = {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'x', resources: {}, ports: [{ containerPort: 80 }] }] },
    };
    const spec = { replicas: 1, selector: { matchLabels: { app: 'web' } }, strategy: {}, template };
    await createObject(context, targetOf(DEPLOYMENTS, 'web'), {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
      metadata: { name: 'web' },
      spec,
    } as KubeObject);
    await as(ROBOT, { metadata: { annotations: { 'deployment.kubernetes.io/revision': '1' } } });
    await quiet();
    expect(live().metadata?.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
    expect(world.events.filter((line) => line.includes('Drift'))).toEqual([]);
  });

  it('scaled by a person go into the file that names them, and stay out of the one that does not', async () => {
    await push({ 'web.yaml': web({ replicas: 2 }) });
    await patchScale(context, targetOf(DEPLOYMENTS, 'web'), { spec: { replicas: 4 } }, { type: 'merge' });
    expect(await show('web.yaml')).toBe(web({ replicas: 4 }));
    await push({ 'web.yaml': web() });
    const before = await tip();
    await patchScale(context, targetOf(DEPLOYMENTS, 'web'), { spec: { replicas: 6 } }, { type: 'merge' });
    expect(await tip()).toBe(before);
    expect(live().spec.replicas).toBe(6);
  });
});

describe('another manager', () => {
  beforeEach(() => push({ 'web.yaml': web({ replicas: 2, labels: '{team: blue}' }) }));

  it('may set what git does not name: labels, annotations, list items and their fields stay', async () => {
    await as(ROBOT, {
      metadata: { labels: { zone: 'b' }, annotations: { checked: 'yes' } },
      spec: {
        minReadySeconds: 5,
        template: {
          spec: {
            containers: [
              { name: 'web', env: [{ name: 'B', value: '2' }], ports: [{ containerPort: 81 }] },
              { name: 'sidecar', image: 'envoy:1' },
            ],
          },
        },
      },
    });
    await push({ 'web.yaml': web({ replicas: 2, labels: '{team: red}', image: 'nginx:2' }) });
    expect(live().metadata).toMatchObject({ labels: { team: 'red', zone: 'b' }, annotations: { checked: 'yes' } });
    expect(live().spec.minReadySeconds).toBe(5);
    const containers = live().spec.template.spec.containers;
    expect(new Set(containers.map(({ name, image }) => `${name} ${image}`))).toEqual(
      new Set(['web nginx:2', 'sidecar envoy:1']),
    );
    const own = containers.find(({ name }) => name === 'web')!;
    expect(own.env).toEqual(
      expect.arrayContaining([
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ]),
    );
    expect(own.ports).toHaveLength(2);
    expect(world.events.filter((line) => line.includes('Drift'))).toEqual([]);
  });

  it('is put back where git owns, and only there', async () => {
    await as(ROBOT, {
      metadata: { labels: { team: 'red', zone: 'b' } },
      spec: {
        template: { spec: { containers: [{ name: 'web', image: 'evil:1', env: [{ name: 'A', value: '9' }] }] } },
      },
    });
    await expect.poll(() => live().metadata!.labels).toEqual({ team: 'blue', zone: 'b' });
    expect(live().spec.template.spec.containers[0]).toMatchObject({
      image: 'nginx:1',
      env: [{ name: 'A', value: '1' }],
    });
    await expect.poll(() => world.events.join()).toMatch(/DriftReverted web: .*web\.yaml:1 says \(by robot\)/);
    expect(await show('web.yaml')).toBe(web({ replicas: 2, labels: '{team: blue}' }));
  });

  it('whose writes nobody saw before a stop has them put back at the next start', async () => {
    const deployed = world.store.get(WEB)!;
    const robots = { ...deployed.value, metadata: { ...deployed.value.metadata, labels: { team: 'red', zone: 'b' } } };
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'gone', namespace: 'default' } };
    await push({ 'gone.yaml': JSON.stringify(map) });
    await world.git.stop();
    await world.store.commit([
      { type: 'put', key: WEB, value: robots, expect: deployed.modRevision },
      { type: 'delete', key: '/registry/core/configmaps/default/gone' },
    ]);
    await world.restart();
    context = restContext(world);
    await expect.poll(() => live().metadata!.labels).toEqual({ team: 'blue', zone: 'b' });
    await expect.poll(() => world.store.get('/registry/core/configmaps/default/gone')).toBeDefined();
    await expect.poll(() => world.events.join()).toContain('Warning DriftReverted web: ');
    await expect.poll(() => world.events.join()).toContain('Warning Recreated gone: ');
  });

  it('that removes what git names has it put back', async () => {
    await as(ROBOT, { metadata: { labels: { team: null } } });
    await expect.poll(() => live().metadata!.labels).toEqual({ team: 'blue' });
  });

  it('that deletes the object has it made again; a person’s deletion is a commit', async () => {
    const { uid } = live().metadata!;
    await deleteObject(context, targetOf(DEPLOYMENTS, 'web', ROBOT));
    await expect.poll(() => world.store.get(WEB)?.value.metadata?.uid ?? uid).not.toBe(uid);
    await expect.poll(() => world.events.join()).toContain('Recreated web: deleted outside of git');
    await deleteObject(context, targetOf(DEPLOYMENTS, 'web'));
    await quiet();
    expect(world.store.get(WEB)).toBeUndefined();
    expect(await show('web.yaml')).toBe('');
  });

  it('keeps the status: git never writes it', async () => {
    await patchObject(context, targetOf(DEPLOYMENTS, 'web', ROBOT), { status: { replicas: 2, readyReplicas: 1 } }, {
      type: 'merge',
      subresource: 'status',
    } as never);
    await push({
      'web.yaml': `${web({ replicas: 2, labels: '{team: blue}', image: 'nginx:3' })}status: {readyReplicas: 9}\n`,
    });
    expect((live() as KubeObject & { status?: object }).status).toMatchObject({ readyReplicas: 1 });
    expect(live().spec.template.spec.containers[0]!.image).toBe('nginx:3');
  });
});

/** What git's manager owns, as paths. */
function ownedByGit(key = WEB): string[] {
  const entry = (live(key).metadata!.managedFields as ManagedFieldsEntry[]).find(
    ({ manager }) => manager === 'reflet-git',
  );
  const paths = (fields: object, prefix: string): string[] =>
    Object.entries(fields).flatMap(([name, below]) => [
      `${prefix}${name}`,
      ...paths(below as object, `${prefix}${name} `),
    ]);
  return paths(entry?.fieldsV1 ?? {}, '');
}

describe('a file', () => {
  it('owns exactly the fields that it names: no form of the kind is added, and an explicit false counts', async () => {
    await push({ 'web.yaml': web({ more: '  paused: false\n' }) });
    const owned = ownedByGit();
    expect(owned).toContain('f:spec f:paused');
    expect(owned.filter((path) => /f:strategy|f:resources|f:status|f:creationTimestamp/.test(path))).toEqual([]);
    await as(ROBOT, { spec: { paused: true } });
    await expect.poll(() => world.events.join()).toContain('Warning DriftReverted web: ');
    expect((live().spec as { paused?: boolean }).paused ?? false).toBe(false);
  });

  it('owns the same after a person’s write as after the drift watch applied it again', async () => {
    await push({ 'web.yaml': web({ replicas: 2 }) });
    await patchScale(context, targetOf(DEPLOYMENTS, 'web'), { spec: { replicas: 4 } }, { type: 'merge' });
    const owned = ownedByGit();
    await as(ROBOT, { metadata: { annotations: { seen: 'yes' } } });
    await quiet();
    expect(ownedByGit()).toEqual(owned);
    const { resourceVersion } = live().metadata!;
    await push({ 'web.yaml': `${web({ replicas: 4 })}# a comment\n` });
    await quiet();
    expect(live().metadata!.resourceVersion).toBe(resourceVersion);
  });

  it('naming a runtime object adopts it: same uid, others’ fields stay', async () => {
    const body = { metadata: { name: 'one', labels: { by: 'robot' } }, data: { a: 'old', mine: 'x' } };
    await createObject(context, targetOf(CONFIG_MAPS, '', ROBOT), body as never, { fieldManager: 'robot' });
    const key = '/registry/core/configmaps/default/one';
    const { uid } = live(key).metadata!;
    expect(await push({ 'one.yaml': configMap('one', { a: 'new' }) })).toContain('configmap default/one configured');
    expect(live(key)).toMatchObject({ metadata: { uid, labels: { by: 'robot' } }, data: { a: 'new', mine: 'x' } });
    expect(managers(key)).toEqual(['reflet-git Apply', 'robot Update']);
  });

  it('dropping a field releases it: it goes, unless somebody else owns it too', async () => {
    await push({ 'web.yaml': web({ replicas: 2, labels: '{team: blue, zone: a}' }) });
    await patchObject(
      context,
      targetOf(DEPLOYMENTS, 'web', ROBOT),
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', labels: { zone: 'a' } } },
      { type: 'apply', fieldManager: 'robot' },
    );
    await push({ 'web.yaml': web() });
    expect(live().metadata!.labels).toEqual({ zone: 'a' });
    // Dropped, and required to have some value: the default.
    expect(live().spec.replicas).toBe(1);
  });

  it('dropping the whole object deletes it, whoever else owns a part', async () => {
    await push({ 'web.yaml': web(), 'keep.yaml': configMap('keep', { a: '1' }) });
    await as(ROBOT, { metadata: { labels: { mine: 'x' } } });
    expect(await push({ 'web.yaml': undefined })).toContain('deployment default/web deleted');
    await expect.poll(() => world.store.get(WEB)).toBeUndefined();
  });

  it('of a Service keeps the address that was allocated', async () => {
    const service = (port: number) =>
      `apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports: [{port: ${port}}]\n`;
    await push({ 's.yaml': service(80) });
    const key = '/registry/core/services/specs/default/web';
    const found = () =>
      (world.store.get(key) ?? world.store.get('/registry/core/services/default/web'))!.value as never as {
        spec: { clusterIP: string };
      };
    const { clusterIP } = found().spec;
    expect(clusterIP).toMatch(/^10\.96\./);
    await push({ 's.yaml': service(81) });
    expect(found().spec.clusterIP).toBe(clusterIP);
    expect(await show('s.yaml')).not.toContain(clusterIP);
    expect(SERVICES.plural).toBe('services');
  });
});

describe('a person', () => {
  it('applying client-side to an object of git changes the file, and no copy of the manifest gets into it', async () => {
    await push({ 'web.yaml': web({ replicas: 2 }) });
    const applied = {
      ...parse(web({ replicas: 2, image: 'nginx:5' })),
      metadata: { name: 'web', namespace: 'default' },
    };
    await as(
      { username: 'alice', groups: ['system:authenticated'] },
      {
        metadata: { annotations: { [LAST_APPLIED_ANNOTATION]: JSON.stringify(applied) } },
        spec: { template: { spec: { containers: [{ name: 'web', image: 'nginx:5' }] } } },
      },
      'kubectl-client-side-apply',
    );
    expect(await show('web.yaml')).toBe(web({ replicas: 2, image: 'nginx:5' }));
    expect(live().metadata!.annotations).toHaveProperty([LAST_APPLIED_ANNOTATION]);
    await push({ 'web.yaml': web({ replicas: 2, image: 'nginx:6' }) });
    expect(live().spec.template.spec.containers[0]!.image).toBe('nginx:6');
  });

  it('applying server-side against git’s fields is told of the conflict; with force it becomes a commit', async () => {
    await push({ 'web.yaml': web({ replicas: 2 }) });
    const patch = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 9 } };
    const apply = (force: boolean) =>
      patchObject(context, targetOf(DEPLOYMENTS, 'web'), patch, { type: 'apply', fieldManager: 'alice', force });
    await expect(apply(false)).rejects.toMatchObject({
      status: {
        code: 409,
        reason: 'Conflict',
        message: expect.stringMatching(/conflict with "reflet-git": \.spec\.replicas/),
      },
    });
    expect(live().spec.replicas).toBe(2);
    await apply(true);
    expect(live().spec.replicas).toBe(9);
    expect(await show('web.yaml')).toBe(web({ replicas: 9 }));
    expect(managers()).toEqual(expect.arrayContaining(['reflet-git Apply', 'alice Apply']));
    // Git goes on owning it: the next commit wins.
    await push({ 'web.yaml': web({ replicas: 1 }) });
    expect(live().spec.replicas).toBe(1);
  });

  it('applying server-side again changes their own fields, though the file says them too; what git has changed since is git’s', async () => {
    await push({ 'web.yaml': web({}) });
    const apply = (replicas: number) => {
      const patch = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas } };
      return patchObject(context, targetOf(DEPLOYMENTS, 'web'), patch, { type: 'apply', fieldManager: 'alice' });
    };
    await apply(2);
    await apply(5);
    expect(live().spec.replicas).toBe(5);
    expect(await show('web.yaml')).toContain('replicas: 5');
    expect(managers()).toEqual(expect.arrayContaining(['reflet-git Apply', 'alice Apply']));
    await push({ 'web.yaml': web({ replicas: 3 }) });
    await expect(apply(4)).rejects.toMatchObject({
      status: { message: expect.stringMatching(/1 conflict: conflict with "reflet-git": \.spec\.replicas/) },
    });
  });

  it('changing a field of another manager leaves it out of the file', async () => {
    await push({ 'web.yaml': web({ replicas: 2 }) });
    await as(ROBOT, { metadata: { annotations: { theirs: 'x' } } });
    await as(
      { username: 'alice', groups: ['system:authenticated'] },
      { metadata: { annotations: { mine: 'y' } } },
      'kubectl-edit',
    );
    const { metadata } = parse(await show('web.yaml'));
    expect(metadata.annotations).toEqual({ mine: 'y' });
    expect(live().metadata!.annotations).toMatchObject({ theirs: 'x', mine: 'y' });
  });
});

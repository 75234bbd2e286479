import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printPlan } from '../../daemon/bin/plan-output.ts';
import type { PlanDocument } from '../../daemon/plan/document.ts';
import { amendSigned, makeSshKey, signWith } from '../git/trust/keys.ts';
import { makeNode } from '../support/objects.ts';
import { createDaemon, type DaemonUnderTest } from './support/daemon.ts';
import { deployment, job, secret, service } from './support/manifests.ts';
import { createPlannedWorld, type PlannedWorld } from './support/planned-world.ts';

let world: PlannedWorld;
let daemon: DaemonUnderTest;

function print(plan: PlanDocument, form = 'text'): { code: number; text: string } {
  const lines: string[] = [];
  const out = { line: (text: string) => void lines.push(text), paint: (_tone: string, text: string) => text };
  const code = printPlan(plan, form, out);
  return { code, text: lines.join('\n') };
}

beforeAll(async () => {
  world = await createPlannedWorld({ nodes: ['alpha', 'beta'].map((name) => makeNode(name)) });
  daemon = createDaemon(world);
  await world.person.commit({
    'web.yaml': deployment('web', { replicas: 2 }),
    'web-service.yaml': service('web'),
    'old.yaml': deployment('old', { replicas: 1 }),
    'secret.yaml': secret('password', { pin: 'hunter2', user: 'ada' }),
  });
  expect((await world.merge()).exitCode).toBe(0);
});

afterAll(async () => {
  await daemon.close();
  await world.close();
});

/** Back to what is in force, whatever a test committed. */
async function reset(): Promise<void> {
  await world.person.git('reset', '-q', '--hard', 'origin/main');
}

describe('reflet plan', () => {
  it('says what is created, changed and removed, on which host, and which rules change', async () => {
    await world.person.commit({
      'web.yaml': deployment('web', { replicas: 4, image: 'example:2' }),
      'old.yaml': undefined,
      'new.yaml': deployment('new', { replicas: 2 }),
      'secret.yaml': secret('password', { pin: 'correct horse', user: 'ada', extra: 'battery' }),
    });
    const plan = await daemon.plan(undefined, world.person.folder);
    const { code, text } = print(plan);
    await reset();
    expect(code).toBe(2);
    expect(text).toContain('+ deployment default/new  (new.yaml:1)');
    expect(text).toContain('- deployment default/old  (old.yaml:1)');
    expect(text).toContain('    spec.replicas: 2 → 4');
    expect(text).toContain('    spec.template.spec.containers[name="main"].image: example:1 → example:2');
    expect(text).toContain('data.extra: added (secret)');
    expect(text).toContain('data.pin: changed (secret)');
    expect(text).not.toContain('data.user');
    expect(text).toMatch(/~ deployment default\/web: 1 replaced on alpha/);
    expect(text).toMatch(/HOST +CREATED +STOPPED +REPLACED/);
    expect(text).toMatch(/~ default\/web \(TCP 80 → 8080\): endpoints 2 → 4/);
    const everything = JSON.stringify(plan);
    for (const value of ['hunter2', 'correct horse', 'battery'])
      for (const form of [value, Buffer.from(value).toString('base64')]) expect(everything).not.toContain(form);
    expect(print(plan, 'markdown').text).toMatch(/^### reflet: 4 objects.*\n\n/);
  });

  it('changes nothing: no object, no address, no folder left behind', async () => {
    const before = world.store.revision;
    await world.person.commit({ 'more.yaml': service('more', { type: 'NodePort' }) });
    const folders = await readdir(world.folder);
    const plan = await daemon.plan('HEAD', world.person.folder);
    await reset();
    expect(world.store.revision).toBe(before);
    expect(await readdir(world.folder)).toEqual(folders);
    expect(plan.services).toMatchObject([{ action: 'create', name: 'more', endpoints: { before: 0, after: 0 } }]);
    expect(JSON.stringify(plan.services)).toContain('(allocated)');
  });

  it('plays Jobs to their end, and starts what depends on them', async () => {
    await world.person.commit({
      'migrate.yaml': job('migrate'),
      'api.yaml': deployment('api', { replicas: 1, annotations: { 'reflet.dev/depends-on': 'job/migrate' } }),
    });
    const plan = await daemon.plan(undefined, world.person.folder);
    await reset();
    const created = plan.pods?.changes.filter(({ action }) => action === 'create').map(({ workload }) => workload);
    expect(created?.sort()).toEqual(['deployment default/api', 'job default/migrate']);
    expect(plan.pods?.placement.map(({ workload }) => workload)).not.toContain('job default/migrate');
  });

  it('is empty, with exit code 0, for what is in force', async () => {
    const plan = await daemon.plan('origin/main', world.person.folder);
    expect(print(plan).code).toBe(0);
    expect(plan.result).toBe('unchanged');
  });

  it('says what does not fit, in the scheduler’s words, and what cannot start', async () => {
    await world.person.commit({
      'big.yaml': deployment('big', { replicas: 3, cpu: '3' }),
      'lost.yaml': deployment('lost', { configMap: 'nowhere' }),
    });
    const plan = await daemon.plan('HEAD', world.person.folder);
    await reset();
    expect(plan.pods.unschedulable).toEqual([
      {
        namespace: 'default',
        workload: 'deployment default/big',
        count: 1,
        message: expect.stringMatching(/^0\/2 nodes are available: 2 Insufficient cpu\./),
      },
    ]);
    expect(plan.pods.notStarting).toMatchObject([
      { workload: 'deployment default/lost', message: 'configmap "nowhere" not found' },
    ]);
    expect(print(plan).text).toContain('NOT EVERYTHING COMES UP');
  });

  it('refuses in the words of a push, with exit code 1', async () => {
    await world.person.commit({ 'web.yaml': deployment('web', { replicas: -1 }) });
    const plan = await daemon.plan('HEAD', world.person.folder);
    const pushed = await world.person.push();
    await reset();
    expect(plan.result).toBe('refused');
    expect(print(plan).code).toBe(1);
    expect(plan.problems).toHaveLength(1);
    expect(pushed.stderr).toContain(plan.problems[0]);
  });

  it('sends what was not pushed, and nothing for what was', async () => {
    const count = daemon.packs.length;
    await world.propose({ 'pushed.yaml': deployment('pushed') });
    await daemon.plan('HEAD', world.person.folder);
    expect(daemon.packs.length).toBe(count);
    await world.person.commit({ 'local.yaml': deployment('local') });
    const plan = await daemon.plan('HEAD', world.person.folder);
    const range = await daemon.plan('HEAD~1..HEAD', world.person.folder);
    await reset();
    expect(daemon.packs.length).toBe(count + 2);
    expect(plan.objects.map(({ name }) => name)).toEqual(['local', 'pushed']);
    expect(range.objects.map(({ name }) => name)).toEqual(['local']);
    expect(range.pods.placement.map(({ workload }) => workload)).toContain('deployment default/pushed');
  });

  it('plans a branch that was left behind as merged, and says when that conflicts', async () => {
    const { person } = world;
    await person.git('checkout', '-q', '-b', 'behind');
    await person.commit({ 'branch.yaml': deployment('branch') });
    await person.git('checkout', '-q', 'main');
    await person.commit({ 'main.yaml': deployment('main'), 'web.yaml': deployment('web', { replicas: 3 }) });
    expect((await world.merge()).exitCode).toBe(0);
    const plan = await daemon.plan('behind', person.folder);
    expect(plan.mergedInto).toBe(world.git.engine.state.commit);
    expect(plan.objects.map(({ action, name }) => `${action} ${name}`)).toEqual(['create branch']);
    await person.git('checkout', '-q', 'behind');
    await person.commit({ 'web.yaml': deployment('web', { replicas: 7 }) });
    const conflict = await daemon.plan('behind', person.folder);
    await person.git('checkout', '-q', 'main');
    expect(conflict.result).toBe('refused');
    expect(conflict.problems[0]).toMatch(/^web\.yaml: it conflicts with/);
  });

  it('shows going back as what it is', async () => {
    const plan = await daemon.plan('HEAD~1', world.person.folder);
    expect(plan.mergedInto).toBeUndefined();
    expect(plan.objects.map(({ action, name }) => `${action} ${name}`)).toEqual(['delete main', 'update web']);
  });

  it('releases what a commit holds back, when what it waits for is ready', async () => {
    await world.person.commit({
      'first.yaml': deployment('first'),
      'second.yaml': deployment('second', { annotations: { 'reflet.dev/depends-on': 'deployment/first' } }),
      'never.yaml': deployment('never', { annotations: { 'reflet.dev/depends-on': 'deployment/broken' } }),
      'broken.yaml': deployment('broken', { configMap: 'nowhere' }),
    });
    const plan = await daemon.plan('HEAD', world.person.folder);
    expect((await world.merge()).exitCode).toBe(0);
    expect(plan.pods.placement).toEqual(world.placement());
    const workloads = plan.pods.placement.map(({ workload }) => workload);
    expect(workloads).toContain('deployment default/second');
    expect(workloads).not.toContain('deployment default/never');
  });
});

describe('who may plan what', () => {
  it('needs the right to read the repository and every object that changes', async () => {
    await world.person.commit({ 'secret.yaml': secret('password', { pin: 'other' }) });
    const user = { username: 'eve', groups: ['system:authenticated'] };
    const { authorizer } = world.git.engine.options;
    const refusing = (test: (attributes: object) => boolean) => {
      world.git.engine.options.authorizer = {
        authorize: (asking, attributes) => ({ allowed: asking !== user || !test(attributes), reason: '' }),
      };
    };
    try {
      refusing((attributes) => 'path' in attributes);
      await expect(daemon.plan('HEAD', world.person.folder, user)).rejects.toThrow(
        /cannot get path "\/git\/desired.git"/,
      );
      refusing((attributes) => 'verb' in attributes && 'resource' in attributes && attributes.resource === 'secrets');
      await expect(daemon.plan('HEAD', world.person.folder, user)).rejects.toThrow(/cannot get resource "secrets"/);
      refusing((attributes) => 'verb' in attributes && attributes.verb === 'update');
      const plan = await daemon.plan('HEAD', world.person.folder, user);
      expect(plan.result).toBe('changes');
      expect(plan.warnings).toContainEqual(expect.stringMatching(/^eve may not push this: secret.yaml:1/));
    } finally {
      world.git.engine.options.authorizer = authorizer;
      await reset();
    }
  });
});

describe('what holds a push back holds a plan back', () => {
  it('a commit that empties the tree', async () => {
    const { person } = world;
    const files = (await person.git('ls-files', '*.yaml')).stdout.trim().split('\n');
    await person.commit({ ...Object.fromEntries(files.map((file) => [file, undefined])), 'README.md': 'nothing\n' });
    const plan = await daemon.plan('HEAD', person.folder);
    const pushed = await person.push();
    await reset();
    expect(plan.result).toBe('refused');
    expect(plan.problems[0]).toMatch(/^this would delete all \d+ objects: /);
    expect(pushed.stderr.replaceAll(/\nremote: */g, '\n')).toContain(plan.problems[0]);
  });

  it('a commit that nobody signed, where signatures are required', async () => {
    const { person } = world;
    const key = await makeSshKey(join(world.folder, 'people'), 'ada');
    const trust = { signatures: 'required', allowedSigners: [{ principal: 'ada', sshKey: key.publicKey }] };
    const configuration = { apiVersion: 'reflet.dev/v1', kind: 'Configuration', trust };
    await person.commit({ 'reflet.yaml': JSON.stringify(configuration) });
    expect((await world.merge()).exitCode).toBe(0);
    await person.commit({ 'web.yaml': deployment('web', { replicas: 1 }) });
    const unsigned = await daemon.plan('HEAD', person.folder);
    expect(unsigned).toMatchObject({ result: 'refused', objects: [] });
    expect(unsigned.problems[0]).toContain('it is not signed');
    await amendSigned(person, signWith(key));
    const signed = await daemon.plan('HEAD', person.folder);
    await reset();
    expect(signed.objects.map(({ action, name }) => `${action} ${name}`)).toEqual(['update web']);
  });
});

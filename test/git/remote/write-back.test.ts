/** People's writes on a followed repository: the remote has them before they are acknowledged; races, refusals, modes. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cloneJson } from '../../../daemon/base/json.ts';
import type { JsonObject, KubeObject } from '../../../daemon/base/object.ts';
import { PASSWORD, startRemote, type TestRemote } from '../support/remote.ts';
import { type Clone, configMap, createWorld, stored, type World } from '../support/world.ts';
import { change, create, remove } from '../support/writes.ts';

const ONE = '/registry/core/configmaps/default/one';
let remote: TestRemote;
let clone: Clone;
let world: World;

const configuration = (apiWrites: string) =>
  `apiVersion: reflet.dev/v1\nkind: Configuration\nfollow: {pollInterval: 1h}\napiWrites: ${apiWrites}\n`;
const namespace = (name: string) => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n`;
const data = (name: string, space = 'default') => stored(world.store, 'configmaps', name, space)?.['data'];
const set = (values: Record<string, string>) => (object: JsonObject & KubeObject) => {
  object['data'] = { ...(object['data'] as JsonObject), ...values };
};

async function follow(files: Record<string, string>): Promise<void> {
  await clone.commit(files);
  await clone.push();
  world = await createWorld({
    remote: { url: remote.url, token: PASSWORD },
    async prepare(dataDir) {
      await mkdir(join(dataDir, 'keys'), { recursive: true });
      await writeFile(join(dataDir, 'keys', 'git-ca.pem'), remote.authority);
    },
  });
}

/** Does something in the moment between our commit's departure and its arrival, once. */
function onArrival(act: () => Promise<unknown>): void {
  remote.intercept = (request, response) => {
    if (request.method !== 'POST' || !request.url?.endsWith('/git-receive-pack')) return false;
    remote.intercept = () => false;
    void act().then(() => remote.serve(request, response));
    return true;
  };
}

const overtakeWith = (files: Record<string, string | undefined>) =>
  onArrival(async () => {
    await clone.commit(files);
    await clone.push();
  });

beforeEach(async () => {
  remote = await startRemote();
  clone = await remote.clone('person');
});
afterEach(async () => {
  await world.close();
  await remote.close();
});

describe('mode commit', () => {
  beforeEach(() =>
    follow({ 'reflet.yaml': configuration('{mode: commit}'), 'one.yaml': configMap('one', { a: '1' }) }),
  );

  it('the remote has the commit when the write is acknowledged', async () => {
    expect(await change(world, ONE, set({ b: '2' }))).toMatchObject({ ok: true });
    expect(await remote.git('show', 'main:one.yaml')).toContain('b: "2"');
    expect(await remote.git('log', '-1', '--format=%an %s', 'main')).toBe('alice Update configmap default/one');
    expect(world.git.status().commit).toBe(await remote.tip());
    await create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'two' } });
    await remove(world, ONE);
    const listed = await remote.git('ls-tree', '-r', '--name-only', 'main');
    expect(listed.split('\n')).toEqual(['default/configmap-two.yaml', 'reflet.yaml']);
  });

  it('a lost race over other fields is made again on the new tip', async () => {
    overtakeWith({
      'other.yaml': configMap('other', { x: '1' }),
      'one.yaml': `# ours\n${configMap('one', { a: '1' })}`,
    });
    expect(await change(world, ONE, set({ b: '2' }))).toMatchObject({ ok: true });
    expect(await remote.git('show', 'main:one.yaml')).toBe(`# ours\n${configMap('one', { a: '1' })}  b: "2"`);
    expect(await remote.git('log', '--format=%an', 'main')).toBe('alice\nAda\nAda');
    expect(data('other')).toEqual({ x: '1' });
  });

  it('a lost race over the same field answers 409 with the commit, the place and the field', async () => {
    overtakeWith({ 'one.yaml': configMap('one', { a: 'theirs' }) });
    await expect(change(world, ONE, set({ a: 'mine' }))).rejects.toMatchObject({
      status: {
        code: 409,
        message: expect.stringMatching(/commit [0-9a-f]{12} \(one\.yaml:1\) came first and set data\.a too/),
      },
    });
    expect(data('one')).toEqual({ a: 'theirs' });
    expect(await remote.git('log', '--format=%an', 'main')).toBe('Ada\nAda');
  });

  it('a lost race over other fields of one object goes back to the API, which plans it on what is there', async () => {
    overtakeWith({ 'one.yaml': configMap('one', { a: '1', theirs: 'x' }) });
    expect(await change(world, ONE, set({ b: '2' }))).toMatchObject({ ok: false, failed: 0 });
    expect(await change(world, ONE, set({ b: '2' }))).toMatchObject({ ok: true });
    expect(data('one')).toEqual({ a: '1', theirs: 'x', b: '2' });
  });

  it('what the remote does not take is refused in its words, alone', async () => {
    const check =
      'git diff --name-only $old $new | grep -q secret && printf "no secrets here: \\033[31m\\n" >&2 && exit 1';
    await remote.hook('pre-receive', `while read old new ref; do ${check}; done; exit 0`);
    const make = (name: string) => create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
    const [good, bad] = await Promise.allSettled([make('good'), make('secret')]);
    expect(good).toMatchObject({ status: 'fulfilled', value: { ok: true } });
    expect(bad).toMatchObject({ reason: { status: { code: 403 } } });
    const { message } = (bad as PromiseRejectedResult).reason as Error;
    expect(message).toContain('does not take the commit: no secrets here: \\x1b[31m');
    expect(message).toContain('pre-receive hook declined');
    expect(data('secret')).toBeUndefined();
    expect(world.git.status().commit).toBe(await remote.tip());
  });

  it('nothing is acknowledged while the remote does not answer, and nothing is lost', async () => {
    remote.isPaused = true;
    await expect(change(world, ONE, set({ b: '2' }))).rejects.toMatchObject({ status: { code: 503 } });
    expect(data('one')).toEqual({ a: '1' });
    remote.isPaused = false;
    expect(await change(world, ONE, set({ b: '2' }))).toMatchObject({ ok: true });
  });

  it('an object that changes while the remote thinks comes into force as the remote has it', async () => {
    onArrival(() => {
      const value = cloneJson(world.store.get(ONE)!.value) as KubeObject;
      value.metadata!.labels = { by: 'controller' };
      return world.store.commit([{ type: 'put', key: ONE, value }]);
    });
    expect(await change(world, ONE, set({ b: '2' }))).toMatchObject({ ok: true, entries: [{ key: ONE }] });
    expect(data('one')).toEqual({ a: '1', b: '2' });
    expect(world.git.status().commit).toBe(await remote.tip());
    expect(world.store.get(ONE)?.value.metadata?.labels).toEqual({ by: 'controller' });
  });

  it('50 writes that race pushes: every acknowledged one is in history once', async () => {
    const write = (number: number) =>
      create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `w-${number}` } });
    const push = async () => {
      for (let number = 0; number < 5; number++) {
        await clone.git('pull', '-q', '--rebase', 'origin', 'main');
        await clone.commit({ [`p-${number}.yaml`]: configMap(`p-${number}`, { a: '1' }) });
        await clone.push(); // may lose
      }
    };
    const [, ...answers] = await Promise.all([push(), ...Array.from({ length: 50 }, (_, number) => write(number))]);
    const acknowledged = answers.flatMap(({ ok }, number) => (ok ? [`Create configmap default/w-${number}`] : []));
    const subjects = (await remote.git('log', '--format=%s', 'main')).split('\n').filter((one) => one.includes('/w-'));
    expect(subjects.sort()).toEqual(acknowledged.sort());
    expect(acknowledged).toHaveLength(50);
  });
});

describe('the other modes', () => {
  beforeEach(() =>
    follow({
      'reflet.yaml': configuration('{namespaces: {free: runtime, shut: deny}, proposalPrefix: review/}'),
      'ns.yaml': `${namespace('free')}---\n${namespace('shut')}`,
      'one.yaml': configMap('one', { a: '1' }),
      'free.yaml': configMap('f', { a: '1' }, 'free'),
      'shut.yaml': configMap('s', { a: '1' }, 'shut'),
    }),
  );
  const FREE = '/registry/core/configmaps/free/f';
  const SHUT = '/registry/core/configmaps/shut/s';

  it('branch, a remote’s default: the answer names the branch, which has the change', async () => {
    const refused = String(await change(world, ONE, set({ b: '2' })).catch((error: Error) => error.message));
    const branch = /proposed as branch (review\/alice-[0-9a-f]{10}) of https:/.exec(refused)?.[1];
    expect(await remote.git('show', `${branch}:one.yaml`)).toContain('b: "2"');
    expect(await remote.git('rev-parse', `${branch}~1`)).toBe(await remote.tip());
    expect(data('one')).toEqual({ a: '1' });
    await expect(change(world, ONE, set({ b: '2' }))).rejects.toThrow(branch);
    await expect(remove(world, ONE)).rejects.toThrow(/review\/alice-/);
    expect((await remote.git('branch', '--list', 'review/*')).split('\n')).toHaveLength(2);
  });

  it('deny: the answer names the file', async () => {
    await expect(change(world, SHUT, set({ b: '2' }))).rejects.toThrow(/denied .* in git at shut\.yaml:1: change it/);
    const made = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'n', namespace: 'shut' } };
    await expect(create(world, made)).rejects.toThrow(/add it to git, as shut\/configmap-n\.yaml/);
  });

  it('runtime: kept out of git, with a warning; what git owns stays git’s', async () => {
    const tip = await remote.tip();
    const warnings: string[] = [];
    const warn = (text: string) => void warnings.push(text);
    const made = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'n', namespace: 'free' } };
    expect(await create(world, made, { warn })).toMatchObject({ ok: true });
    expect(await change(world, FREE, set({ mine: 'x' }), { warn })).toMatchObject({ ok: true });
    expect(warnings).toHaveLength(2);
    expect(data('f', 'free')).toEqual({ a: '1', mine: 'x' });
    await expect(change(world, FREE, set({ a: '2' }))).rejects.toThrow(/free\.yaml:1.*git owns data\.a/);
    await expect(remove(world, FREE)).rejects.toThrow(/remove it there and push/);
    expect(await remote.tip()).toBe(tip);
  });
});

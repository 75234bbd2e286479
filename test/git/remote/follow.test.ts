/** A remote is followed over HTTPS: deployed, refused, lost and found again; credentials stay where they belong. */

import { createHmac, randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Logger } from '../../../daemon/base/log.ts';
import { createRemote } from '../../../daemon/git/remote/remote.ts';
import { parseRepositorySource } from '../../../daemon/git/remote/remote-url.ts';
import { fetchState } from '../../../daemon/git/remote/share-state.ts';
import { hostRepository } from '../../../daemon/git/repository.ts';
import { PASSWORD, startRemote, type TestRemote } from '../support/remote.ts';
import {
  type Clone,
  configMap,
  createClone,
  createWorld,
  stored,
  type World,
  type WorldOptions,
} from '../support/world.ts';

let remote: TestRemote;
let clone: Clone;
let world: World | undefined;
const logged: string[] = [];

beforeEach(async () => {
  remote = await startRemote();
  clone = await remote.clone('person');
  await clone.commit({ 'one.yaml': configMap('one', { a: '1' }) });
  await clone.push();
  logged.length = 0;
});
afterEach(async () => {
  await world?.close();
  world = undefined;
  await remote.close();
});

const write = (...args: unknown[]) => void logged.push(JSON.stringify(args));
const log = { trace: write, debug: write, info: write, warn: write, error: write, fatal: write } as unknown as Logger;

async function follow(options: WorldOptions = {}): Promise<World> {
  const prepare = async (dataDir: string) => {
    await mkdir(join(dataDir, 'keys'), { recursive: true });
    await writeFile(join(dataDir, 'keys', 'git-ca.pem'), remote.authority);
  };
  world = await createWorld({ remote: { url: remote.url, token: PASSWORD }, prepare, log, ...options });
  return world;
}

const SIGNED = 'keys/hook-secret';
const value = (name: string) => (stored(world!.store, 'configmaps', name) as { data?: Record<string, string> })?.data;

describe('what is kept for a rebuild', () => {
  it('reaches the remote, and comes back from it when nothing else is left', async () => {
    const followed = await follow({ stateKey: randomBytes(32) });
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default', uid: 'u-1' } };
    await followed.store.commit([{ type: 'put', key: '/registry/core/pods/default/p', value: pod }]);
    const uid = (stored(followed.store, 'configmaps', 'one') as { metadata: { uid: string } }).metadata.uid;
    const { revision } = followed.store;
    const { gitDir } = followed.git.repository;
    await followed.rebuild(async () => {
      const kept = await remote.git('for-each-ref', '--format=%(refname)', 'refs/reflet');
      expect(kept.split('\n')).toContain('refs/reflet/state');
      await rm(gitDir, { recursive: true });
      const dataDir = join(gitDir, '..');
      const keysDir = join(dataDir, 'keys');
      await mkdir(keysDir, { recursive: true });
      await writeFile(join(keysDir, 'git-ca.pem'), remote.authority);
      const source = parseRepositorySource(remote.url);
      if (source.type !== 'remote') throw new Error(remote.url);
      const mirror = await hostRepository(gitDir, 'main', join(dataDir, 'hooks'), remote.url);
      const allowed = [source.remote.target];
      expect(await fetchState(createRemote(mirror, { remote: source.remote, token: PASSWORD, allowed, keysDir }))).toBe(
        true,
      );
    });
    expect(stored(followed.store, 'pods', 'p')).toMatchObject({ metadata: { uid: 'u-1' } });
    expect(stored(followed.store, 'configmaps', 'one')).toMatchObject({ metadata: { uid } });
    expect(followed.store.revision).toBeGreaterThan(revision);
    // The new mirror has no branch at first: nobody deleted one.
    expect(followed.events.join()).not.toContain('was deleted');
  });
});

describe('a followed remote', () => {
  it('is in force when the daemon has started, and follows what is pushed', async () => {
    const { git } = await follow();
    expect(value('one')).toEqual({ a: '1' });
    await clone.commit({ 'one.yaml': configMap('one', { a: '2' }) });
    await clone.push();
    git.wake();
    await expect.poll(() => value('one')).toEqual({ a: '2' });
    expect(git.status()).toMatchObject({
      commit: await remote.tip(),
      remote: { url: remote.url, unreachable: undefined },
    });
  });

  it('a tip that is refused is told, what is in force stays, and the next good one is not held up', async () => {
    const { git, events } = await follow();
    const before = await remote.tip();
    await clone.commit({ 'one.yaml': configMap('one', { 'bad key': '2' }), 'two.yaml': configMap('two', { a: '1' }) });
    await clone.push();
    git.wake();
    await expect.poll(() => git.status().refused).toMatchObject({ commit: await remote.tip() });
    expect(git.status().commit).toBe(before);
    expect(value('one')).toEqual({ a: '1' });
    expect(value('two')).toBeUndefined();
    expect(git.statuses.get(await remote.tip())).toMatchObject({ state: 'refused' });
    expect(events.join()).toMatch(/Warning CommitRefused default: [0-9a-f]{12} is not in force: one\.yaml:7:3: /);
    await clone.commit({ 'one.yaml': configMap('one', { good: '3' }) });
    await clone.push();
    git.wake();
    await expect.poll(() => value('one')).toEqual({ good: '3' });
    expect(value('two')).toEqual({ a: '1' });
    expect(git.status().refused).toBeUndefined();
  });

  it('serves what is in force while the remote does not answer, says so, and comes back by itself', async () => {
    const { git, restart, events } = await follow();
    remote.isPaused = true;
    await restart();
    expect(value('one')).toEqual({ a: '1' });
    expect(world!.git.status().remote?.unreachable).toMatchObject({ message: expect.stringContaining('localhost') });
    expect(events.join()).toMatch(/Warning RemoteUnreachable default: https:/);
    await clone.commit({ 'one.yaml': configMap('one', { a: '2' }) });
    await clone.push();
    remote.isPaused = false;
    await expect.poll(() => value('one')).toEqual({ a: '2' });
    expect(world!.git.status().remote?.unreachable).toBeUndefined();
    expect(git).not.toBe(world!.git);
  });

  it('a branch that appears later, is deleted, and appears again', async () => {
    await remote.git('branch', '-m', 'main', 'other');
    const { git } = await follow();
    expect(git.status()).toMatchObject({ commit: undefined, refused: undefined });
    await remote.git('branch', 'main', 'other');
    git.wake();
    await expect.poll(() => value('one')).toEqual({ a: '1' });
    await remote.git('update-ref', '-d', 'refs/heads/main');
    git.wake();
    await expect.poll(() => git.status().refused?.problems[0]?.message).toContain('was deleted');
    expect(value('one')).toEqual({ a: '1' });
    await remote.git('branch', 'main', 'other');
    git.wake();
    await expect.poll(() => git.status().refused).toBeUndefined();
  });

  it('shows its credentials to the remote alone: not to where that redirects, not in logs', async () => {
    const other = await startRemote();
    try {
      const { git } = await follow();
      expect(remote.requests.at(-1)?.authorization).toBe(`Basic ${btoa(`reflet:${PASSWORD}`)}`);
      remote.intercept = (request, response) => {
        response.writeHead(302, { Location: `https://localhost:${other.port}${request.url}` }).end();
        return true;
      };
      git.wake();
      await expect.poll(() => git.status().remote?.unreachable?.message).toMatch(/redirect|302/i);
      expect(other.requests).toEqual([]);
      remote.intercept = (_request, response) => {
        response.writeHead(403).end(`go away, ${PASSWORD}`);
        return true;
      };
      git.wake();
      await expect.poll(() => git.status().remote?.unreachable?.message).toMatch(/403/);
      expect(logged.length).toBeGreaterThan(0);
      for (const secret of [PASSWORD, btoa(`reflet:${PASSWORD}`)]) {
        expect(`${logged.join()} ${JSON.stringify(git.status())}`).not.toContain(secret);
      }
    } finally {
      await other.close();
    }
  });

  it('a host that is not allowed is not called', async () => {
    await follow({ remote: { url: remote.url, token: PASSWORD, allowed: [] } });
    expect(world!.git.status().remote?.unreachable?.message).toMatch(/localhost is at .*--allow-remote localhost/);
    expect(remote.requests).toEqual([]);
  });

  it('its mirror takes no pushes', async () => {
    const { git } = await follow();
    const mirror = await createClone(join(world!.folder, 'mirror'), git.repository.gitDir);
    await mirror.commit({ 'one.yaml': configMap('one', { a: '2' }) });
    const { exitCode, stderr } = await mirror.push();
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(`this is a mirror of ${remote.url}`);
  });
});

describe('webhooks', () => {
  const body = JSON.stringify({ ref: 'refs/heads/main', repository: { clone_url: 'https://evil.example.org/x.git' } });
  const hmac = (text: string) => createHmac('sha256', 'hook secret').update(text).digest('hex');
  let server: Server;
  let url: string;

  async function followWith(provider: string): Promise<World> {
    await clone.commit({
      'reflet.yaml': `apiVersion: reflet.dev/v1\nkind: Configuration\nfollow: {pollInterval: 1h}\nwebhooks: {provider: ${provider}, secretFile: hook-secret}\n`,
    });
    await clone.push();
    const followed = await follow();
    await writeFile(join(followed.folder, 'data', SIGNED), 'hook secret\n');
    server = createServer((request, response) => void followed.git.handleWebhook(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/git`;
    return followed;
  }
  afterEach(() => server.close());
  const call = async (headers: Record<string, string>, text = body) => {
    const { status } = await fetch(url, { method: 'POST', headers, body: text });
    return status;
  };
  const fetches = () => remote.requests.filter(({ path }) => path.includes('info/refs?service=git-upload-pack')).length;

  it.each([
    ['github', { 'x-hub-signature-256': `sha256=${hmac(body)}`, 'x-github-event': 'push' }],
    ['gitea', { 'x-gitea-signature': hmac(body), 'x-gitea-event': 'push' }],
    ['gitlab', { 'x-gitlab-token': 'hook secret', 'x-gitlab-event': 'Push Hook' }],
  ])('of %s are believed with their signature only, and fetch the configured remote', async (provider, headers) => {
    await followWith(provider);
    const before = fetches();
    await clone.commit({ 'one.yaml': configMap('one', { a: '2' }) });
    await clone.push();
    expect(await call({})).toBe(401);
    const [name = '', signature = ''] = Object.entries(headers)[0]!;
    expect(await call({ ...headers, [name]: `${signature.slice(0, -1)}x` })).toBe(401);
    if (provider !== 'gitlab') expect(await call(headers, `${body} `)).toBe(401);
    expect(value('one')).toEqual({ a: '1' });
    expect(fetches()).toBe(before);
    expect(await call(headers)).toBe(202);
    await expect.poll(() => value('one')).toEqual({ a: '2' });
    expect(await call(headers)).toBe(202); // said again, it does no harm
  });

  it('a burst of them is one fetch, and one more for those that came while it ran', async () => {
    await followWith('gitlab');
    const before = fetches();
    const told = Promise.withResolvers<void>();
    remote.intercept = (request, response) => {
      void told.promise.then(() => remote.serve(request, response));
      return true;
    };
    const answers = await Promise.all(Array.from({ length: 50 }, () => call({ 'x-gitlab-token': 'hook secret' })));
    told.resolve();
    expect(new Set(answers)).toEqual(new Set([202]));
    await expect.poll(() => fetches()).toBeGreaterThan(before);
    await clone.commit({ 'one.yaml': configMap('one', { a: '2' }) });
    await clone.push();
    await call({ 'x-gitlab-token': 'hook secret' });
    await expect.poll(() => value('one')).toEqual({ a: '2' });
    // The first; those of whoever was still being gathered when it began, and when it ended; and the last.
    expect(fetches() - before).toBeLessThanOrEqual(4);
  });

  it('are refused without a secret, and with more than a forge sends', async () => {
    const { folder } = await followWith('github');
    await writeFile(join(folder, 'data', SIGNED), '\n');
    expect(await call({ 'x-hub-signature-256': `sha256=${createHmac('sha256', '').update(body).digest('hex')}` })).toBe(
      503,
    );
    await rm(join(folder, 'data', SIGNED));
    expect(await call({})).toBe(503);
    expect((await fetch(url)).status).toBe(405);
  });
});

/** Clone, fetch and push over HTTP: rights, refusals, progress, what is not served. */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Attributes, Authorizer, UserInfo } from '../../daemon/auth/user.ts';
import { cloneJson } from '../../daemon/base/json.ts';
import type { JsonObject, KubeObject } from '../../daemon/base/object.ts';
import { run, start } from '../../daemon/base/process.ts';
import { type Clone, configMap, createClone, createWorld, stored, type World } from './support/world.ts';

/** `admin` may all; `bob` may write ConfigMaps in `team-a` and read the repository. */
const authorizer: Authorizer = {
  authorize(user, attributes) {
    const allowed = user.groups.includes('system:masters') || user.username === 'admin' || mayBob(user, attributes);
    return { allowed, reason: '' };
  },
};

function mayBob(user: UserInfo, attributes: Attributes): boolean {
  if (user.username !== 'bob') return false;
  if ('path' in attributes) return attributes.verb === 'get' && attributes.path === '/git/desired.git';
  return attributes.resource === 'configmaps' && attributes.namespace === 'team-a';
}

let world: World;
let server: Server;
let base: string;
/** The last call, until it is over. */
let answered: Promise<void>;

beforeEach(async () => {
  world = await createWorld({ authorizer });
  server = createServer((request, response) => {
    const credentials = Buffer.from((request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString();
    const username = credentials.split(':')[0] || 'system:anonymous';
    answered = world.git.handleGitHttp(request, response, { username, groups: [] });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `127.0.0.1:${(server.address() as AddressInfo).port}/git/desired.git`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await world.close();
});

const as = (user: string, name = user): Promise<Clone> =>
  createClone(join(world.folder, name), `http://${user}:token@${base}`);

const namespace = (name: string) => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n`;

describe('over HTTP', () => {
  it('a push is admitted, published and reported, and can be fetched', async () => {
    const clone = await as('admin');
    await clone.commit({ 'one.yaml': configMap('one', { a: '1' }) });
    const result = await clone.push();
    expect(result.stderr).toContain('remote: reflet:   configmap default/one created');
    expect(stored(world.store, 'configmaps', 'one')).toBeDefined();
    const other = await as('admin', 'other');
    expect((await other.git('show', 'origin/main:one.yaml')).stdout).toBe(configMap('one', { a: '1' }));
  });

  it('large packs are streamed, in chunks and compressed', async () => {
    const clone = await as('admin');
    const files = Object.fromEntries(
      Array.from({ length: 300 }, (_, number) => [
        `m/${number}.yaml`,
        configMap(`m${number}`, { a: 'x'.repeat(number * 10) }),
      ]),
    );
    await clone.commit(files);
    await clone.git('config', 'http.postBuffer', '4096');
    const result = await clone.push();
    expect(result.stderr).toContain('300 objects');
    expect(result.stderr).toContain('… and 280 more');
    expect(world.store.count('/registry/core/configmaps/default/')).toBe(300);
  });

  it('the pusher is judged object by object, in the words of the API', async () => {
    const admin = await as('admin');
    await admin.commit({
      'ns.yaml': `${namespace('team-a')}---\n${namespace('team-b')}`,
      'b.yaml': configMap('theirs', { a: '1' }, 'team-b'),
    });
    await admin.push();
    const bob = await as('bob');
    await bob.commit({ 'mine.yaml': configMap('mine', { a: '1' }, 'team-a') });
    expect((await bob.push()).exitCode).toBe(0);
    await bob.commit({
      'b.yaml': undefined,
      'new.yaml': configMap('new', { a: '1' }, 'team-b'),
      'mine.yaml': configMap('mine', { a: '2' }, 'team-a'),
    });
    const { stderr, exitCode } = await bob.push();
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(
      'new.yaml:1:1: configmap team-b/new: configmaps is forbidden: User "bob" cannot create resource "configmaps" in API group "" in the namespace "team-b"',
    );
    expect(stderr).toContain(
      'b.yaml:1:1: configmap team-b/theirs: configmaps "theirs" is forbidden: User "bob" cannot delete resource "configmaps" in API group "" in the namespace "team-b"',
    );
    expect(stored(world.store, 'configmaps', 'mine', 'team-a')).toMatchObject({ data: { a: '1' } });
  });

  it('reading needs the right to read, and only git is spoken', async () => {
    const { folder } = await as('admin');
    const refused = await run('git', ['-C', folder, 'ls-remote', `http://eve:token@${base}`]);
    expect(refused.stderr).toContain('403');
    for (const path of [
      '/HEAD',
      '/config',
      '/objects/info/packs',
      '/info/refs',
      '/../../etc/passwd',
      '/info/refs?service=git-upload-archive',
    ]) {
      const response = await fetch(`http://${base}${path}`, { headers: { authorization: `Basic ${btoa('admin:x')}` } });
      expect(response.status).toBe(404);
    }
  });

  it('who shows no credentials is asked for them: git sends none before', async () => {
    const response = await fetch(`http://${base}/info/refs?service=git-receive-pack`);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="reflet"');
    const known = await fetch(`http://${base}/info/refs?service=git-upload-pack`, {
      headers: { authorization: `Basic ${btoa('eve:x')}` },
    });
    expect(known.status).toBe(403);
  });

  it('a client that goes away without reading does not keep its git', async () => {
    const clone = await as('admin');
    await clone.commit({ 'blob.bin': randomBytes(6 * 1024 * 1024).toString('base64') });
    expect((await clone.push()).exitCode).toBe(0);
    const tip = (await clone.git('rev-parse', 'HEAD')).stdout.trim();
    const want = `want ${tip} ofs-delta\n`;
    const body = `${(want.length + 4).toString(16).padStart(4, '0')}${want}00000009done\n`;
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
    socket.write(
      `POST /git/desired.git/git-upload-pack HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ${btoa('admin:x')}\r\n` +
        `Content-Type: application/x-git-upload-pack-request\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 1_000)); // until the pack fills every buffer on the way
    socket.resetAndDestroy();
    await answered; // or the test is stuck
  });

  it('protocol version 2 is spoken', async () => {
    const clone = await as('admin');
    await clone.commit({ 'one.yaml': configMap('one', { a: '1' }) });
    await clone.push();
    const response = await fetch(`http://${base}/info/refs?service=git-upload-pack`, {
      headers: { authorization: `Basic ${btoa('admin:x')}`, 'git-protocol': 'version=2' },
    });
    expect(await response.text()).toContain('version 2');
  });
});

const WEB = '/registry/apps/deployments/default/web';
const WEB_YAML = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1"}]}
`;

async function setStatus(status: JsonObject): Promise<void> {
  const entry = world.store.get(WEB)!;
  const value = { ...cloneJson(entry.value), status } as KubeObject;
  await world.store.commit([{ type: 'put', key: WEB, value, expect: entry.modRevision }]);
}

describe('push -o wait', () => {
  it('streams the rollout until it is healthy', async () => {
    const clone = await as('admin');
    await clone.commit({ 'web.yaml': WEB_YAML });
    const pushing = start('git', ['-C', clone.folder, 'push', 'origin', 'main', '-o', 'wait'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let told = '';
    pushing.stderr!.on('data', (chunk: Buffer) => {
      told += chunk;
    });
    const ended = once(pushing, 'close');
    await expect.poll(() => world.store.get(WEB)).toBeDefined();
    await setStatus({ observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 1, availableReplicas: 1 });
    await expect.poll(() => told).toContain('remote: reflet: deployment default/web 1/2 ready');
    await setStatus({ observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 });
    await ended;
    expect(told).toContain('remote: reflet: deployment default/web 2/2 ready');
    expect(told).toMatch(/remote: reflet: all healthy after \d+\.\d s/);
  });

  it('ends with its own time, and with a failed rollout', async () => {
    const clone = await as('admin');
    await clone.commit({ 'web.yaml': WEB_YAML });
    expect((await clone.push('-o', 'wait=1s')).stderr).toMatch(/still progressing after \d+\.\d s/);
    await clone.commit({ 'web.yaml': WEB_YAML.replace('nginx:1', 'nginx:2') });
    const pushed = clone.push('-o', 'wait');
    await expect.poll(() => world.store.get(WEB)?.value.metadata?.generation).toBe(2);
    const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
    await setStatus({ observedGeneration: 2, replicas: 3, updatedReplicas: 1, readyReplicas: 2, conditions });
    expect((await pushed).stderr).toContain('exceeded its progress deadline');
  });
});

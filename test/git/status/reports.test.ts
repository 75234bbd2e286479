/** What others are told of commits: git notes, commit statuses as GitHub, GitLab and Gitea take them, notifications; and what never leaves. */

import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../daemon/base/log.ts';
import { isBlockedAddress } from '../../../daemon/git/outgoing/addresses.ts';
import { createOutgoing, OutgoingRefused } from '../../../daemon/git/outgoing/outgoing.ts';
import { forgeRequest } from '../../../daemon/git/status/report/forge.ts';
import { createReportQueue } from '../../../daemon/git/status/report/queue.ts';
import { SimClock, seededRandom } from '../../support/sim-clock.ts';
import { type Cluster, deploymentText, startCluster } from '../support/cluster.ts';
import { type Clone, configMap, createWorld, type World } from '../support/world.ts';

interface Received {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
}

/** Answers with what `answers` says for the n-th request, then with 201. */
interface FakeForge {
  url: string;
  received: Received[];
  answers: { status: number; headers?: Record<string, string>; body?: string }[];
  close(): Promise<void>;
}

async function startForge(): Promise<FakeForge> {
  const received: Received[] = [];
  const answers: FakeForge['answers'] = [];
  const server: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      received.push({ method, path: url, headers, body: JSON.parse(text) });
      const { status, headers: more = {}, body = '{}' } = answers.shift() ?? { status: 201 };
      response.writeHead(status, more).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answers,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

let world: World;
let clone: Clone;
let cluster: Cluster;
let forge: FakeForge;
beforeEach(async () => {
  [world, forge] = await Promise.all([createWorld(), startForge()]);
  clone = await world.clone('a');
  cluster = await startCluster(world);
  await mkdir(join(world.folder, 'data', 'keys'), { recursive: true });
  await writeFile(join(world.folder, 'data', 'keys', 'forge'), 's3cr3t-t0ken\n');
});
afterEach(async () => {
  cluster.stop();
  await world.close();
  await forge.close();
});

const head = async () => (await clone.git('rev-parse', 'HEAD')).stdout.trim();
const push = async (files: Record<string, string | undefined>, message?: string) => {
  await clone.commit(files, message);
  await clone.push();
  return head();
};
const configuration = (sections: object) =>
  JSON.stringify({ apiVersion: 'reflet.dev/v1', kind: 'Configuration', ...sections });
const received = (count: number) => cluster.until(`${count} requests`, () => forge.received.length >= count);
const web = (image: string, deadline = 600) => deploymentText({ name: 'web', image, deadline });

describe('git notes', () => {
  const note = async (commit: string) => {
    await world.git.notesWritten();
    await clone.git('fetch', '-q', 'origin', '+refs/notes/*:refs/notes/*');
    return (await clone.git('notes', '--ref=reflet', 'show', commit)).stdout;
  };

  it('say what became of each commit, and follow it', async () => {
    const first = await push({ 'a.yaml': configMap('a', { k: 'v' }) });
    const slow = await push({ 'web.yaml': web('web:1') });
    expect(await note(first)).toMatch(
      /^state: healthy\nmessage: 1 object healthy\nadmitted: .*Z\nhealthy: .*Z\nby: system:admin\nrevision: \d+\nhealthy-revision: \d+\nobject: configmap default\/a created, healthy\n$/,
    );
    expect(await note(slow)).toContain('state: progressing\n');
    cluster.allow('web:1');
    await cluster.until('healthy', () => world.git.statuses.get(slow)?.state === 'healthy');
    expect(await note(slow)).toContain('state: healthy\nmessage: 1 object healthy\n');
    const { stdout } = await clone.git('log', '-2', '--notes=reflet', '--format=%N');
    expect(stdout.match(/state: healthy/g)).toHaveLength(2);
  });

  it('are not written again when they say it already, and are written after a restart when they do not', async () => {
    const commit = await push({ 'a.yaml': configMap('a', { k: 'v' }) });
    await note(commit);
    const tip = async () => (await clone.git('ls-remote', 'origin', 'refs/notes/reflet')).stdout;
    const before = await tip();
    cluster.stop();
    await world.restart();
    cluster = await startCluster(world);
    await world.git.notesWritten();
    expect(await tip()).toBe(before);
    await clone.git('push', '-q', 'origin', ':refs/notes/reflet');
    cluster.stop();
    await world.restart();
    cluster = await startCluster(world);
    expect(await note(commit)).toContain('state: healthy\n');
  });
});

describe('commit statuses', () => {
  const target = (provider: string, project = 'shop/desired', path = '') =>
    configuration({
      commitStatus: { provider, url: `${forge.url}${path}`, project, tokenFile: 'forge', context: 'reflet/prod' },
    });

  it('go to GitHub', async () => {
    await push({ 'reflet.yaml': target('github') });
    await received(1);
    forge.received.length = 0;
    const commit = await push({ 'web.yaml': web('web:1', 1) });
    await cluster.until('its failure', () => forge.received.at(-1)?.body['state'] === 'failure');
    expect(forge.received.at(-1)).toMatchObject({
      method: 'POST',
      path: `/repos/shop/desired/statuses/${commit}`,
      headers: {
        authorization: 'Bearer s3cr3t-t0ken',
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2022-11-28',
        'content-type': 'application/json',
        'user-agent': 'reflet',
      },
      body: {
        state: 'failure',
        context: 'reflet/prod',
        description: 'failed: 0 of 1 object healthy; deployment default/web 0/1 ready: exceeded its progress deadline',
      },
    });
    expect(forge.received.slice(0, -1).every(({ body }) => body['state'] === 'pending')).toBe(true);
  });

  it('go to GitLab, which does not take a state twice', async () => {
    forge.answers.push({
      status: 400,
      body: '{"message":"Cannot transition status via :run from :running (Reason(s): Status cannot transition via \\"run\\")"}',
    });
    const commit = await push({ 'reflet.yaml': target('gitlab', 'group/sub/desired') });
    await received(1);
    await world.git.reported();
    expect(forge.received).toHaveLength(1);
    expect(forge.received[0]).toMatchObject({
      method: 'POST',
      path: `/api/v4/projects/group%2Fsub%2Fdesired/statuses/${commit}`,
      headers: { 'private-token': 's3cr3t-t0ken' },
      body: { state: 'success', name: 'reflet/prod', ref: 'main', description: 'healthy: no object changes' },
    });
  });

  it('go to Gitea, also when its API is spelled out', async () => {
    const commit = await push({ 'reflet.yaml': target('gitea', 'shop/desired', '/api/v1') });
    await received(1);
    expect(forge.received[0]).toMatchObject({
      method: 'POST',
      path: `/api/v1/repos/shop/desired/statuses/${commit}`,
      headers: { authorization: 'token s3cr3t-t0ken' },
      body: { state: 'success', context: 'reflet/prod', description: 'healthy: no object changes' },
    });
  });

  it.each([
    ['github', ['pending', 'failure', 'pending', 'success', 'failure', 'error'], 140],
    ['gitlab', ['pending', 'failed', 'running', 'success', 'failed', 'canceled'], 255],
    ['gitea', ['pending', 'failure', 'pending', 'success', 'failure', 'warning'], 255],
  ] as const)('of %s have its states and its length', (provider, expected, most) => {
    const states = ['admitted', 'refused', 'progressing', 'healthy', 'failed', 'superseded'] as const;
    const bodies = states.map((state) => {
      const status = { commit: 'c', state, times: {}, by: '', objects: [], moreObjects: 0, message: 'ä'.repeat(1_000) };
      const one = { provider, url: 'https://x', project: 'a/b', tokenFile: 'f', context: 'reflet' };
      return JSON.parse(forgeRequest(one, 't', status, 'main').body!) as { state: string; description: string };
    });
    expect(bodies.map(({ state }) => state)).toEqual(expected);
    expect(bodies.map(({ description }) => [...description].length)).toEqual(states.map(() => most));
  });

  it('are never given one of the daemon’s own keys', async () => {
    await writeFile(join(world.folder, 'data', 'keys', 'age.txt'), 'AGE-SECRET-KEY-1QQQQ\n');
    await writeFile(join(world.folder, 'data', 'keys', 'tokens.csv'), 'abc,root,1\n');
    for (const tokenFile of ['age.txt', 'tokens.csv']) {
      await push({
        'reflet.yaml': configuration({
          commitStatus: { provider: 'github', url: forge.url, project: 'a/b', tokenFile },
          notifications: [{ name: 'n', url: forge.url, tokenFile, events: ['healthy'] }],
        }),
      });
      await world.git.reported();
    }
    expect(forge.received).toEqual([]);
  });
});

describe('notifications', () => {
  it('tell what was asked for, as JSON and to a chat, inert', async () => {
    await push({
      'reflet.yaml': configuration({
        notifications: [
          { name: 'machine', url: `${forge.url}/json`, tokenFile: 'forge', events: ['healthy', 'refused'] },
          { name: 'team', url: `${forge.url}/chat`, format: 'chat', events: ['healthy', 'refused'] },
        ],
      }),
    });
    await received(2);
    forge.received.length = 0;
    const commit = await push({ 'a.yaml': configMap('a', { k: 'v' }) }, 'Hello <!channel> & all');
    await received(2);
    const [json, chat] = ['/json', '/chat'].map((path) => forge.received.find((one) => one.path === path)!);
    expect(json).toMatchObject({
      headers: { authorization: 'Bearer s3cr3t-t0ken' },
      body: {
        event: 'healthy',
        ref: 'refs/heads/main',
        subject: 'Hello <!channel> & all',
        message: '1 object healthy',
        status: { commit, state: 'healthy', objects: [{ object: 'configmap default/a', state: 'healthy' }] },
      },
    });
    expect(chat!.headers).not.toHaveProperty('authorization');
    expect(chat!.body).toEqual({
      text: `✅ ${commit.slice(0, 12)} “Hello &lt;!channel&gt; &amp; all” by system:admin on main is healthy: 1 object healthy`,
    });
    forge.received.length = 0;
    const bad = await push({ 'b.yaml': configMap('b', { k: 'v' }, 'shop') });
    await received(2);
    expect(forge.received.find(({ path }) => path === '/json')?.body).toMatchObject({
      event: 'refused',
      status: { commit: bad, problems: [expect.stringContaining('namespaces "shop" not found')] },
    });
  });
});

describe('a report', () => {
  const report = {
    subject: undefined,
    request: async () => ({ method: 'POST' as const, url: forge.url, headers: {}, body: '{}' }),
  };
  const queueOn = (clock: SimClock) =>
    createReportQueue({
      name: 'test',
      outgoing: createOutgoing({ allowed: 'any' }),
      clock,
      random: seededRandom(1),
      log: silentLogger,
    });
  /** Lets the network do its part, and the clock run on, until it is `done` or so many steps are. */
  const run = async (clock: SimClock, done: () => boolean, stepsMax = Number.POSITIVE_INFINITY) => {
    for (let step = 0; step < stepsMax && !done(); step++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await clock.advance(10_000);
    }
  };

  it('is sent again until it is taken, in order, and not for ever', async () => {
    const clock = new SimClock();
    const queue = queueOn(clock);
    forge.answers.push({ status: 503 }, { status: 429, headers: { 'retry-after': '7' } }, { status: 500 });
    queue.put(report);
    await run(clock, () => forge.received.length >= 4);
    expect(forge.received).toHaveLength(4);
    forge.answers.push(...Array.from({ length: 20 }, () => ({ status: 502 })));
    queue.put(report);
    await run(clock, () => forge.received.length >= 16);
    await run(clock, () => false, 100);
    expect(forge.received).toHaveLength(16);
    queue.close();
  });

  it.each([[401], [302], [410]])('answered with %s is given up at once', async (status) => {
    const clock = new SimClock();
    const queue = queueOn(clock);
    forge.answers.push({ status, headers: { location: 'http://169.254.169.254/' } });
    queue.put(report);
    queue.put(report);
    await run(clock, () => forge.received.length >= 2);
    await queue.idle();
    expect(forge.received).toHaveLength(2);
  });
});

describe('the guard of outgoing calls', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['0.0.0.0', true],
    ['169.254.169.254', true],
    ['100.100.100.200', true],
    ['::1', true],
    ['::', true],
    ['::ffff:127.0.0.1', true],
    ['fe80::1', true],
    ['fd00:ec2::254', true],
    ['64:ff9b::7f00:1', true],
    ['224.0.0.1', true],
    ['10.1.2.3', false],
    ['192.168.1.1', false],
    ['140.82.121.6', false],
    ['2606:50c0::1', false],
  ])('%s is off limits: %s', (address, blocked) => {
    expect(isBlockedAddress(address)).toBe(blocked);
  });

  it.each([
    'http://127.0.0.1:1/',
    'http://[::1]:1/',
    'http://localhost:1/',
    'http://2130706433:1/',
    'file:///etc/passwd',
  ])('%s is not called', async (url) => {
    const call = createOutgoing({ allowed: [] }).send({ method: 'GET', url, headers: {} });
    await expect(call).rejects.toThrow(OutgoingRefused);
  });
});

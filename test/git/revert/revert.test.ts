/** A commit whose rollout fails takes itself back: really, once, with evidence and without secrets; or people are asked. */

import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../daemon/base/object.ts';
import { decideRevert } from '../../../daemon/git/revert/decide-revert.ts';
import { gatherEvidence } from '../../../daemon/git/revert/evidence.ts';
import { createRedactor } from '../../../daemon/git/revert/redact.ts';
import type { CommitStatus } from '../../../daemon/git/status/commit-status.ts';
import { type Cluster, deploymentText, startCluster } from '../support/cluster.ts';
import { type Clone, configMap, createWorld, type World } from '../support/world.ts';
import { commitSigned, makeSshKey } from '../trust/keys.ts';

let world: World;
let clone: Clone;
let cluster: Cluster;
/** What else happens while the evidence is gathered. */
let meanwhile: (() => Promise<unknown>) | undefined;
const ON = JSON.stringify({ apiVersion: 'reflet.dev/v1', kind: 'Configuration', autoRevert: { enabled: true } });
const web = (image: string, more: { deadline?: number; annotations?: Record<string, string> } = {}) =>
  deploymentText({ name: 'web', image, deadline: image === 'web:2' ? 1 : 60, ...more });

beforeEach(async () => {
  world = await createWorld({
    podLogs: async (pod, container) => {
      await meanwhile?.();
      return `starting ${pod.spec?.containers[0]?.image}\nconnecting with hunter22-pass\n${container} failed: code 7\n`;
    },
  });
  meanwhile = undefined;
  clone = await world.clone('a');
  cluster = await startCluster(world, ['web:1']);
});
afterEach(async () => {
  cluster.stop();
  await world.close();
});

const git = async (...args: string[]) => (await clone.git(...args)).stdout.trim();
const remote = (...args: string[]) => git('-C', world.git.repository.gitDir, ...args);
const push = async (files: Record<string, string | undefined>, message?: string) => {
  await clone.git('pull', '-q', '--rebase', 'origin', 'main');
  await clone.commit(files, message);
  const { stderr, exitCode } = await clone.push();
  return { commit: await git('rev-parse', 'HEAD'), stderr, exitCode };
};
const status = (commit: string) => world.git.statuses.get(commit);
const isState = (commit: string, state: string) => cluster.until(state, () => status(commit)?.state === state);
const isReverted = async (commit: string) => {
  await cluster.until('the revert', () => status(commit)?.revertedBy !== undefined);
  await world.git.reverted();
};
/** The good commit, then a bad one on top. */
const fail = async (files: Record<string, string | undefined> = { 'web.yaml': web('web:2') }, message?: string) => {
  const good = await push({
    'reflet.yaml': ON,
    'web.yaml': web('web:1'),
    'other.yaml': configMap('other', { k: '1' }),
  });
  await isState(good.commit, 'healthy');
  const bad = await push(files, message);
  return { good: good.commit, bad: bad.commit };
};

describe('a commit whose rollout fails', () => {
  it('is reverted by a commit with the evidence, and the cluster is healthy on what ran before', async () => {
    const secret = { data: { password: Buffer.from('hunter22-pass').toString('base64') } };
    await world.store.commit([
      {
        type: 'put',
        key: '/registry/core/secrets/default/db',
        value: {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'db', namespace: 'default' },
          ...secret,
        } as KubeObject,
      },
    ]);
    const files = { 'web.yaml': web('web:2'), 'new.yaml': configMap('new', { k: 'v' }) };
    const { good, bad } = await fail(files, 'Faster web');
    await isReverted(bad);
    const revert = status(bad)!.revertedBy!;
    await isState(revert, 'healthy');
    expect(cluster.deployment('web')?.spec?.template.spec?.containers[0]?.image).toBe('web:1');
    expect(world.store.get('/registry/core/configmaps/default/new')).toBeUndefined();
    expect(await remote('rev-parse', 'main')).toBe(revert);
    expect(await remote('rev-parse', `${revert}^`)).toBe(bad);
    expect(await remote('rev-parse', `${revert}^{tree}`)).toBe(await remote('rev-parse', `${good}^{tree}`));
    const message = await remote('log', '-1', '--format=%B', revert);
    expect(message).toContain(`Revert "Faster web"\n\nThis reverts commit ${bad}.\n`);
    expect(message).toContain('  deployment default/web: 0/1 ready: exceeded its progress deadline');
    expect(message).toMatch(
      /Last lines of pod default\/web-\S+, container main:\n {4}starting web:2\n {4}connecting with \[redacted\]\n {4}main failed: code 7/,
    );
    expect(message).not.toContain('hunter22');
    expect(message.trimEnd().split('\n\n').at(-1)).toBe(`Reflet-Reverts: ${bad}\nReflet-Confirm: prune`);
    expect(await remote('log', '-1', '--format=%an <%ae>', revert)).toBe('reflet <reflet@reflet>');
    expect(status(bad)).toMatchObject({ state: 'failed', revertedBy: revert });
    expect(world.events.some((event) => event.startsWith('Warning RolloutReverted web: '))).toBe(true);
    expect(world.git.status().degraded).toBeUndefined();
  });

  it('has an event about what had failed, also when that moved once more before it was taken back', async () => {
    meanwhile = async () => {
      cluster.allow('web:2');
      await isState(world.git.status().commit!, 'healthy');
    };
    const { bad } = await fail();
    await isReverted(bad);
    expect(world.events.filter((event) => event.startsWith('Warning RolloutReverted web: '))).toHaveLength(1);
  });

  it('is reverted also when most of what is in force came with it', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 20 }, (_, number) => [`many-${number}.yaml`, configMap(`many-${number}`, { k: 'v' })]),
    );
    const { bad } = await fail({ 'web.yaml': web('web:2'), ...many });
    await isReverted(bad);
    expect(world.git.status()).toMatchObject({ commit: status(bad)!.revertedBy, degraded: undefined });
    expect(world.store.get('/registry/core/configmaps/default/many-7')).toBeUndefined();
  });

  it('is reverted also where every commit has to be signed: the daemon signs its own', async () => {
    const key = await makeSshKey(join(world.folder, 'people'), 'ada');
    const trust = { signatures: 'required', allowedSigners: [{ principal: 'ada', sshKey: key.publicKey }] };
    const good = await push({
      'reflet.yaml': JSON.stringify({ ...JSON.parse(ON), trust }),
      'web.yaml': web('web:1'),
    });
    await isState(good.commit, 'healthy');
    await commitSigned(clone, key, { 'web.yaml': web('web:2') });
    expect((await clone.push()).exitCode).toBe(0);
    const bad = await git('rev-parse', 'HEAD');
    await isReverted(bad);
    const revert = status(bad)!.revertedBy!;
    await isState(revert, 'healthy');
    expect(world.git.status()).toMatchObject({ commit: revert, refused: undefined, degraded: undefined });
    expect(await remote('cat-file', 'commit', revert)).toContain('gpgsig -----BEGIN SSH SIGNATURE-----');
    // A person goes on from there.
    await clone.git('pull', '-q', '--rebase', 'origin', 'main');
    await commitSigned(clone, key, { 'other.yaml': configMap('other', { k: '2' }) });
    expect((await clone.push()).exitCode).toBe(0);
  });

  it('is left alone without autoRevert', async () => {
    await isState((await push({ 'web.yaml': web('web:1') })).commit, 'healthy');
    const { commit } = await push({ 'web.yaml': web('web:2') });
    await isState(commit, 'failed');
    await world.git.reverted();
    expect(world.git.status().commit).toBe(commit);
  });

  it('as a merge goes back to its first parent', async () => {
    const good = await push({ 'reflet.yaml': ON, 'web.yaml': web('web:1') });
    await isState(good.commit, 'healthy');
    await clone.git('checkout', '-q', '-b', 'feature');
    await clone.commit({ 'web.yaml': web('web:2') }, 'one');
    await clone.commit({ 'more.yaml': configMap('more', { k: 'v' }) }, 'two');
    await clone.git('checkout', '-q', 'main');
    await clone.git('merge', '-q', '--no-ff', '-m', 'Merge feature', 'feature');
    await clone.push();
    const merge = await git('rev-parse', 'HEAD');
    await isReverted(merge);
    const revert = status(merge)!.revertedBy!;
    expect(await remote('rev-parse', `${revert}^{tree}`)).toBe(await remote('rev-parse', `${good.commit}^{tree}`));
    expect(await remote('log', '-1', '--format=%B', revert)).toContain(
      `This reverts commit ${merge}, reversing\nchanges made to ${good.commit}.`,
    );
  });
});

describe('the same content', () => {
  it('is refused afterwards, however it is wrapped, until it is said to be meant; and is not reverted twice', async () => {
    const { bad } = await fail();
    await isReverted(bad);
    const again = await push({ 'web.yaml': `# once more\n${web('web:2')}` });
    expect(again.exitCode).not.toBe(0);
    expect(again.stderr).toContain(
      `reflet: this is the content of ${bad.slice(0, 12)}, whose rollout failed and was reverted by ${status(bad)!.revertedBy!.slice(0, 12)}; expected: a change that mends it`,
    );
    await clone.git('reset', '-q', '--hard', 'origin/main');
    const meant = await push({ 'web.yaml': web('web:2') }, `Try again\n\nReflet-Override: ${bad.slice(0, 12)}`);
    expect(meant.exitCode).toBe(0);
    await isState(meant.commit, 'failed');
    await world.git.reverted();
    expect(world.git.status()).toMatchObject({
      commit: meant.commit,
      degraded: { commit: meant.commit, message: expect.stringContaining('the same content was reverted before') },
    });
    const branch = `reflet/revert-${meant.commit.slice(0, 12)}`;
    expect(status(meant.commit)?.proposal).toBe(branch);
    expect(await remote('rev-parse', `${branch}^`)).toBe(meant.commit);
    cluster.stop();
    await world.restart();
    cluster = await startCluster(world, ['web:1']);
    await world.git.reverted();
    expect(world.git.status()).toMatchObject({ commit: meant.commit, degraded: { commit: meant.commit } });
  });

  it('is still refused after a restart; something else is not', async () => {
    const { bad } = await fail();
    await isReverted(bad);
    cluster.stop();
    await world.restart();
    cluster = await startCluster(world, ['web:1', 'web:3']);
    expect((await push({ 'web.yaml': web('web:2') })).stderr).toContain(`the content of ${bad.slice(0, 12)}`);
    await clone.git('reset', '-q', '--hard', 'origin/main');
    const mended = await push({ 'web.yaml': web('web:3') });
    expect(mended.exitCode).toBe(0);
    await isState(mended.commit, 'healthy');
  });
});

describe('people are asked', () => {
  it('when a newer commit is in force: the branch is on top of it', async () => {
    const { bad } = await fail({ 'web.yaml': web('web:2', { deadline: 15 }) });
    const newer = await push({ 'other.yaml': configMap('other', { k: '2' }) });
    await isState(bad, 'superseded');
    await cluster.until('a proposal', () => status(bad)?.proposal !== undefined);
    const { proposal } = status(bad)!;
    expect(proposal).toBe(`reflet/revert-${bad.slice(0, 12)}`);
    expect(await remote('rev-parse', `${proposal}^`)).toBe(newer.commit);
    expect(await remote('diff', '--name-only', newer.commit, proposal!)).toBe('web.yaml');
    expect(await remote('show', `${proposal}:other.yaml`)).toContain('"k": "2"');
    await world.git.reverted();
    expect(world.git.status().degraded?.message).toContain(`${newer.commit.slice(0, 12)} came into force after it`);
    expect(world.git.status().commit).toBe(newer.commit);
    await push({ 'other.yaml': configMap('other', { k: '3' }) });
    expect(world.git.status().degraded).toBeUndefined();
  });
});

describe('the evidence', () => {
  it('is of the commit’s time: what was wrong with its objects before is left out', async () => {
    await push({ 'web.yaml': web('web:1') });
    const { uid } = world.store.get('/registry/apps/deployments/default/web')!.value.metadata!;
    const about = { kind: 'Deployment', namespace: 'default', name: 'web', uid };
    const warning = (name: string, lastTimestamp: string) => ({
      type: 'put' as const,
      key: `/registry/core/events/default/${name}`,
      value: {
        kind: 'Event',
        type: 'Warning',
        reason: 'Was',
        message: name,
        involvedObject: about,
        lastTimestamp,
      } as KubeObject,
    });
    await world.store.commit([warning('before', '2026-01-01T00:00:00Z'), warning('during', '2026-01-02T00:00:01Z')]);
    const key = '/registry/apps/deployments/default/web';
    const failed = {
      object: 'deployment default/web',
      key,
      action: 'configured',
      state: 'failed',
      text: 'no',
    } as const;
    const { events } = await gatherEvidence(
      world.store,
      {
        ...{ commit: '1'.repeat(40), state: 'failed', by: 'ada', moreObjects: 0, objects: [failed] },
        times: { admitted: '2026-01-02T00:00:00Z' },
      },
      async () => '',
    );
    expect(events).toEqual(['Was deployment default/web: during']);
  });
});

describe('the decision', () => {
  const failed: CommitStatus = {
    commit: 'bad',
    parent: 'good',
    state: 'failed',
    times: {},
    by: 'ada',
    objects: [{ object: 'deployment default/web', key: 'k', action: 'configured', state: 'failed', text: '0/1 ready' }],
    moreObjects: 0,
  };
  const input = {
    enabled: true,
    status: failed,
    tip: 'bad',
    isParentInHistory: true,
    isRevert: false,
    sameContent: undefined,
  };
  const decide = (more: object) => decideRevert(Object.freeze({ ...input, ...more }));

  it.each([
    ['is to revert the tip', {}, { do: 'revert' }],
    ['is nothing when it is not asked for', { enabled: false }, { do: 'nothing' }],
    ['is nothing when it was done', { status: { ...failed, revertedBy: 'r' } }, { do: 'nothing' }],
    ['is nothing when it was proposed', { status: { ...failed, proposal: 'b' } }, { do: 'nothing' }],
    ['is nothing for the first commit', { status: { ...failed, parent: undefined } }, { do: 'nothing' }],
    ['is to ask when a newer commit is in force', { tip: 'newer' }, { do: 'propose' }],
    ['is to ask when history was left', { isParentInHistory: false }, { do: 'propose' }],
    [
      'is to ask for content that was reverted before',
      { sameContent: { ...failed, commit: 'old' } },
      { do: 'propose' },
    ],
    [
      'is to tell when a revert fails too: going back would bring what failed before',
      { isRevert: true },
      { do: 'tell' },
    ],
  ])('%s', (_, more, expected) => {
    expect(decide(more)).toMatchObject(expected);
  });
});

it('a commit that only waits for another’s failure is left alone', async () => {
  const db = deploymentText({ name: 'db', image: 'db:1', deadline: 1 });
  await push({ 'db.yaml': db });
  const first = await push({ 'reflet.yaml': ON });
  await cluster.until('db fails', () =>
    (cluster.deployment('db')?.status?.conditions ?? []).some(({ reason }) => reason === 'ProgressDeadlineExceeded'),
  );
  expect(status(first.commit)?.state).toBe('healthy');
  const { commit } = await push({
    'web.yaml': web('web:1', { annotations: { 'reflet.dev/depends-on': 'deployment/db' } }),
  });
  await isState(commit, 'failed');
  expect(status(commit)?.objects[0]?.text).toBe('waits for deployment default/db, which has failed');
  await world.git.reverted();
  expect(world.git.status().commit).toBe(commit);
  cluster.allow('db:1');
  await isState(commit, 'healthy');
});

describe('a text without secrets', () => {
  const redact = (text: string, ...values: string[]) =>
    createRedactor(
      values.map((value) => ({ one: Buffer.from(value).toString('base64') })),
      { words: true },
    )(text);

  it.each([
    ['as it is', 'login with s3cr3t! failed', 's3cr3t!', 'login with [redacted] failed'],
    ['as base64', 'Basic czNjcjN0IQ== failed', 's3cr3t!', 'Basic [redacted]== failed'],
    ['in a URL', 'GET /?p=p%40ss%2Fword', 'p@ss/word', 'GET /?p=[redacted]'],
    ['one line of a key', 'bad line: MIIEvQIBADANBg', '-----BEGIN\nMIIEvQIBADANBg\n-----END', 'bad line: [redacted]'],
    ['inside of JSON', 'user bob with hunter22', '{"auths":{"x":{"password":"hunter22"}}}', 'user bob with [redacted]'],
    ['a short one, as a word', 'pin 42 of 4242', '42', 'pin [redacted] of 4242'],
    ['one inside another', 'abcd-efgh', 'abcd', '[redacted]-efgh'],
  ])('%s', (_, text, value, expected) => {
    expect(redact(text, value)).toBe(expected);
  });
});

/** A failed commit of a followed remote: the revert, the proposal and the notes reach it, or what it does not take is told. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Cluster, deploymentText, startCluster } from '../support/cluster.ts';
import { PASSWORD, startRemote, type TestRemote } from '../support/remote.ts';
import { type Clone, configMap, createWorld, type World } from '../support/world.ts';

/** Many processes and a second of waiting each: a busy machine takes its time. */
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const ON = JSON.stringify({
  apiVersion: 'reflet.dev/v1',
  kind: 'Configuration',
  autoRevert: { enabled: true },
  follow: { pollInterval: '1h' },
});
const web = (image: string, deadline: number) => deploymentText({ name: 'web', image, deadline });
let remote: TestRemote;
let clone: Clone;
let world: World;
let cluster: Cluster;

const push = async (files: Record<string, string>): Promise<string> => {
  await clone.git('pull', '-q', '--rebase', 'origin', 'main');
  await clone.commit(files);
  await clone.push();
  world?.git.wake();
  return remote.tip();
};
const status = (commit: string) => world.git.statuses.get(commit);
const isState = (commit: string, state: string) => cluster.until(state, () => status(commit)?.state === state);
/** Of the remote. */
const note = (commit: string) => remote.git('notes', '--ref=reflet', 'show', commit).catch(() => '');

beforeEach(async () => {
  remote = await startRemote();
  clone = await remote.clone('person');
  await clone.commit({ 'reflet.yaml': ON, 'web.yaml': web('web:1', 60), 'note.yaml': configMap('note', { a: '1' }) });
  await clone.push();
  world = await createWorld({
    remote: { url: remote.url, token: PASSWORD },
    async prepare(dataDir) {
      await mkdir(join(dataDir, 'keys'), { recursive: true });
      await writeFile(join(dataDir, 'keys', 'git-ca.pem'), remote.authority);
    },
  });
  cluster = await startCluster(world, ['web:1']);
  await isState(await remote.tip(), 'healthy');
});
afterEach(async () => {
  cluster.stop();
  await world.close();
  await remote.close();
});

it('the revert is on its branch, and the notes say what became of both, also where they take a second to arrive', async () => {
  await remote.hook('pre-receive', 'while read old new ref; do case $ref in refs/notes/*) sleep 1;; esac; done');
  const good = await remote.tip();
  const bad = await push({ 'web.yaml': web('web:2', 1) });
  await cluster.until('the revert', () => status(bad)?.revertedBy !== undefined);
  await world.git.reverted();
  const revert = await remote.tip();
  expect(status(bad)?.revertedBy).toBe(revert);
  expect(await remote.git('rev-parse', `${revert}^{tree}`)).toBe(await remote.git('rev-parse', `${good}^{tree}`));
  expect(await remote.git('log', '-1', '--format=%B', revert)).toContain(`Reflet-Reverts: ${bad}`);
  await isState(revert, 'healthy');
  await world.git.notesWritten();
  await expect.poll(() => note(revert), { timeout: 30_000 }).toContain('state: healthy');
  expect(await note(bad)).toMatch(new RegExp(`state: failed[^]*reverted-by: ${revert}`));
});

it('a protected branch gets a proposal beside it, and people are asked', async () => {
  const bad = await push({ 'web.yaml': web('web:2', 1) });
  const check = 'test $ref = refs/heads/main && echo "main is protected" >&2 && exit 1';
  await remote.hook('pre-receive', `while read old new ref; do ${check}; done; exit 0`);
  await cluster.until('a proposal', () => status(bad)?.proposal !== undefined);
  await world.git.reverted();
  const branch = `reflet/revert-${bad.slice(0, 12)}`;
  expect(await remote.tip()).toBe(bad);
  expect(await remote.git('rev-parse', `${branch}^`)).toBe(bad);
  expect(await remote.git('diff', '--name-only', bad, branch)).toBe('web.yaml');
  expect(world.git.status()).toMatchObject({ commit: bad });
  expect(world.git.status().degraded?.message).toMatch(
    new RegExp(`main is protected.*the branch ${branch} proposes it$`),
  );
});

it('a revert that conflicts with what came later is proposed on the failed commit, and says so', async () => {
  const bad = await push({ 'web.yaml': web('web:2', 8), 'note.yaml': configMap('note', { a: '2' }) });
  await isState(bad, 'progressing');
  const newer = await push({ 'note.yaml': configMap('note', { a: '3' }) });
  await isState(bad, 'superseded');
  await cluster.until('a proposal', () => status(bad)?.proposal !== undefined);
  await world.git.reverted();
  const branch = `reflet/revert-${bad.slice(0, 12)}`;
  expect(await remote.tip()).toBe(newer);
  expect(await remote.git('rev-parse', `${branch}^`)).toBe(bad);
  expect(await remote.git('show', `${branch}:note.yaml`)).toContain('"a": "1"');
  expect(world.git.status()).toMatchObject({ commit: newer });
  expect(world.git.status().degraded?.message).toMatch(
    new RegExp(
      `${newer.slice(0, 12)} came into force after it.*${branch} proposes it \\(it conflicts with what came later\\)$`,
    ),
  );
});

/** The status of a commit: each state, what is told, over restarts; and never healthy before it is. */

import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../daemon/base/clock.ts';
import { silentLogger } from '../../../daemon/base/log.ts';
import type { KubeObject } from '../../../daemon/base/object.ts';
import { explainInForce, joinLog } from '../../../daemon/bin/commit-log.ts';
import type { CommitStatus } from '../../../daemon/git/status/commit-status.ts';
import { openStatusHistory } from '../../../daemon/git/status/history.ts';
import { passedOver } from '../../../daemon/git/status/passed-over.ts';
import type { Deployment } from '../../../daemon/kinds/types.generated.ts';
import { SimClock, seededRandom } from '../../support/sim-clock.ts';
import { type Cluster, deploymentText, startCluster } from '../support/cluster.ts';
import { type Clone, configMap, createWorld, type World } from '../support/world.ts';
import { ALICE, create } from '../support/writes.ts';

let world: World;
let clone: Clone;
let cluster: Cluster;
beforeEach(async () => {
  world = await createWorld();
  clone = await world.clone('a');
  cluster = await startCluster(world);
});
afterEach(async () => {
  cluster.stop();
  await world.close();
});

const head = async () => (await clone.git('rev-parse', 'HEAD')).stdout.trim();
const push = async (files: Record<string, string | undefined>, ...options: string[]) => {
  await clone.commit(files);
  await clone.push(...options);
  return head();
};
const stateOf = (commit: string) => world.git.statuses.get(commit)?.state;
const isState = (commit: string, state: string) => cluster.until(`${state}`, () => stateOf(commit) === state);
const web = (image: string, more: { deadline?: number; replicas?: number } = {}) =>
  deploymentText({ name: 'web', image, ...more });

describe('a commit', () => {
  it('of configuration is healthy with its publication', async () => {
    const commit = await push({ 'a.yaml': configMap('a', { k: 'v' }) });
    expect(world.git.statuses.get(commit)).toMatchObject({
      state: 'healthy',
      by: 'system:admin',
      times: { admitted: expect.stringMatching(/Z$/), healthy: expect.stringMatching(/Z$/) },
      objects: [{ object: 'configmap default/a', action: 'created', state: 'healthy' }],
    });
  });

  it('is progressing until its workloads are healthy, with each object’s place in it', async () => {
    const commit = await push({ 'web.yaml': web('web:1', { replicas: 2 }), 'a.yaml': configMap('a', { k: 'v' }) });
    await cluster.until('pods', () => cluster.deployment('web')?.status?.updatedReplicas === 2);
    expect(world.git.statuses.get(commit)).toMatchObject({
      state: 'progressing',
      objects: [
        { object: 'deployment default/web', state: 'progressing', text: '0/2 ready' },
        { object: 'configmap default/a', state: 'healthy' },
      ],
    });
    cluster.allow('web:1');
    await isState(commit, 'healthy');
    expect(world.git.statuses.get(commit)?.objects.at(-1)).toMatchObject({ text: '2/2 ready' });
  });

  it('fails by its progress deadline', async () => {
    const commit = await push({ 'web.yaml': web('web:1', { deadline: 1 }) });
    await isState(commit, 'failed');
    expect(world.git.statuses.get(commit)?.objects).toMatchObject([
      { state: 'failed', text: '0/1 ready: exceeded its progress deadline' },
    ]);
    cluster.allow('web:1'); // late, but it came
    await isState(commit, 'healthy');
  });

  it('going back to what ran before is not failed by the deadline that its predecessor missed', async () => {
    cluster.allow('web:1');
    await isState(await push({ 'web.yaml': web('web:1', { deadline: 60 }) }), 'healthy');
    await isState(await push({ 'web.yaml': web('web:2', { deadline: 1 }) }), 'failed');
    const seen = new Set<string>();
    world.git.statuses.onChange(({ status }) => seen.add(`${status.commit} ${status.state}`));
    const back = await push({ 'web.yaml': web('web:1', { deadline: 60 }) });
    await isState(back, 'healthy');
    expect([...seen].filter((one) => one.startsWith(back))).not.toContain(`${back} failed`);
  });

  it('is superseded at once by the next, which does not wait for it', async () => {
    const slow = await push({ 'web.yaml': web('web:1') });
    const next = await push({ 'a.yaml': configMap('a', { k: 'v' }) });
    expect(stateOf(next)).toBe('healthy');
    expect(world.git.statuses.get(slow)).toMatchObject({ state: 'superseded', supersededBy: next });
    cluster.allow('web:1');
    await cluster.until('web', () => cluster.deployment('web')?.status?.availableReplicas === 1);
    expect(stateOf(slow)).toBe('superseded');
  });

  it('that is being taken back has failed, though its objects moved once more', async () => {
    const bad = await push({ 'web.yaml': web('web:1'), 'a.yaml': configMap('a', { k: 'v' }) });
    const revertedBy = 'f'.repeat(40);
    world.git.statuses.amend(bad, { revertedBy });
    await push({ 'web.yaml': undefined });
    expect(world.git.statuses.get(bad)).toMatchObject({ state: 'failed', revertedBy });
    expect(world.git.statuses.get(bad)?.supersededBy).toBeUndefined();
  });

  it('that is superseded and fails later is told once more', async () => {
    const late: string[] = [];
    world.git.statuses.onLateFailure(({ status, object }) => late.push(`${status.commit} ${object.object}`));
    const slow = await push({ 'web.yaml': web('web:1', { deadline: 15 }) });
    await push({ 'a.yaml': configMap('a', { k: 'v' }) });
    await cluster.until('it fails', () => late.length > 0);
    expect(late).toEqual([`${slow} deployment default/web`]);
    expect(world.git.statuses.get(slow)?.message).toContain('superseded, and failed later: deployment default/web');
  });

  it('is refused, with its problems, and is admitted when the same is pushed into a cluster that takes it', async () => {
    const commit = await push({ 'a.yaml': configMap('a', { k: 'v' }, 'shop') });
    expect(world.git.statuses.get(commit)).toMatchObject({
      state: 'refused',
      by: 'system:admin',
      problems: [expect.stringContaining('namespaces "shop" not found')],
    });
    await world.store.commit([
      { type: 'put', key: '/registry/core/namespaces/shop', value: { metadata: { name: 'shop' } } as KubeObject },
    ]);
    await clone.push();
    expect(stateOf(commit)).toBe('healthy');
  });

  it('that removes a workload is healthy when it is gone', async () => {
    cluster.allow('web:1');
    await isState(await push({ 'web.yaml': web('web:1'), 'a.yaml': configMap('a', { k: '1' }) }), 'healthy');
    const commit = await push({ 'web.yaml': undefined });
    expect(world.git.statuses.get(commit)).toMatchObject({
      state: 'healthy',
      objects: [{ action: 'deleted', text: 'deleted' }],
    });
  });

  it('made by a write through the API has one too', async () => {
    await create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' }, data: { k: 'v' } } as never);
    const commit = world.git.status().commit!;
    expect(world.git.statuses.get(commit)).toMatchObject({
      state: 'healthy',
      by: ALICE.username,
      objects: [{ object: 'configmap default/b', action: 'created' }],
    });
  });
});

it('a restart knows all of it, and goes on with what is under way', async () => {
  const first = await push({ 'a.yaml': configMap('a', { k: 'v' }) });
  const bad = await push({ 'b.yaml': configMap('b', { k: 'v' }, 'shop') });
  await clone.git('reset', '-q', '--hard', first);
  const slow = await push({ 'web.yaml': web('web:1') });
  await cluster.until('progressing', () => stateOf(slow) === 'progressing');
  cluster.stop();
  await world.restart();
  cluster = await startCluster(world);
  expect([stateOf(first), stateOf(bad), stateOf(slow)]).toEqual(['healthy', 'refused', 'progressing']);
  cluster.allow('web:1');
  await isState(slow, 'healthy');
});

it('commits in the middle of a push were superseded by its tip, in the notes too', async () => {
  await push({ 'one.yaml': configMap('one', { k: '1' }) });
  const middle: string[] = [];
  for (const k of ['2', '3']) {
    await clone.commit({ 'one.yaml': configMap('one', { k }) });
    middle.push((await clone.git('rev-parse', 'HEAD')).stdout.trim());
  }
  const tip = await push({ 'one.yaml': configMap('one', { k: '4' }) });
  await isState(tip, 'healthy');
  for (const commit of middle) {
    await isState(commit, 'superseded');
    expect(world.git.statuses.get(commit)).toMatchObject({ supersededBy: tip, by: 'system:admin' });
  }
  // As git has them, though they were met after the tip; over a restart too.
  const listed = () => world.git.statuses.list().map(({ commit }) => commit);
  expect(listed().slice(0, 3)).toEqual([tip, ...middle.toReversed()]);
  await world.git.notesWritten();
  await world.restart();
  expect(listed().slice(0, 3)).toEqual([tip, ...middle.toReversed()]);
  const { stdout } = await clone.git('-C', world.git.repository.gitDir, 'notes', '--ref=reflet', 'show', middle[0]!);
  expect(stdout).toContain(`state: superseded\n`);
  expect(stdout).toContain(`superseded-by: ${tip}\n`);
});

it('a commit that is not in the repository yet is waited for, not missed', async () => {
  await push({ 'one.yaml': configMap('one', { k: '1' }) });
  const { engine } = world.git;
  const parent = engine.state.commit!;
  await create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'two' } });
  expect(engine.state.commit).not.toBe(parent);
  expect(await passedOver(engine, { commit: engine.state.commit!, parent })).toEqual([]);
});

it('the history goes on being written after a time when all was written already', async () => {
  const file = join(world.folder, 'history.jsonl');
  const clock = new SimClock();
  const history = await openStatusHistory(file, clock, silentLogger);
  const put = (commit: string) =>
    history.put({ ...{ commit, state: 'healthy', times: {}, by: 'ada' }, objects: [], moreObjects: 0 });
  put('a');
  const writing = history.flushed();
  put('b'); // goes along with what is being written; its own time comes when nothing is left
  await writing;
  await clock.advance(60_000);
  put('c');
  await history.flushed();
  const written = (await readFile(file, 'utf8')).trim().split('\n');
  expect(written.map((line) => JSON.parse(line).commit)).toEqual(['a', 'b', 'c']);
});

it('the history survives a line that was cut off, and stays bounded', async () => {
  const file = join(world.folder, 'history.jsonl');
  const status = (commit: string, state: CommitStatus['state']): CommitStatus => {
    return { commit, state, times: {}, by: 'a', objects: [], moreObjects: 0 };
  };
  const one = await openStatusHistory(file, systemClock, silentLogger);
  one.put(status('1', 'healthy'));
  await one.flushed();
  await appendFile(file, '{"commit":"2","sta');
  const two = await openStatusHistory(file, systemClock, silentLogger);
  two.put(status('3', 'failed'));
  await two.flushed();
  const three = await openStatusHistory(file, systemClock, silentLogger);
  expect(three.list().map(({ commit }) => commit)).toEqual(['3', '1']);
  for (let number = 0; number < 5_000; number++)
    three.put(status(`x${number % 1_500}`, number % 2 ? 'refused' : 'healthy'));
  await three.flushed();
  expect(three.list().length).toBeLessThanOrEqual(1_000);
  expect((await readFile(file, 'utf8')).split('\n').length).toBeLessThan(5_000);
});

it('the log shows every commit once, refused ones where they belong', () => {
  const field = '\u001f';
  const line = (commit: string, minute: number) =>
    [commit, `2026-01-01T00:0${minute}:00Z`, 'Ada', 'change'].join(field);
  const base = { times: {}, by: 'ada', objects: [], moreObjects: 0 };
  const lines = joinLog(
    [line('d', 8), line('c', 6), line('b', 3), line('a', 1)].join('\n'),
    {
      commit: 'c',
      commits: [
        { ...base, commit: 'c', state: 'progressing' },
        { ...base, commit: 'x', state: 'refused', times: { refused: '2026-01-01T00:05:00Z' }, problems: ['no'] },
        { ...base, commit: 'b', state: 'failed' },
      ],
    },
    10,
  );
  expect(lines.map(({ commit, state, inForce }) => `${commit} ${state}${inForce ? ' *' : ''}`)).toEqual([
    'd pending',
    'c progressing *',
    'x refused',
    'b failed',
    'a superseded',
  ]);
});

it('the log says what is in force beside a refused tip', () => {
  const line = (commit: string) => [commit, '2026-01-01T00:00:00Z', 'Ada', 'change'].join('\u001f');
  const status = { version: '1', repository: '', ref: 'main', objects: 1, revision: 1, commit: 'beside' };
  const lines = joinLog(
    [line('write'), line('bad'), line('good')].join('\n'),
    { commit: 'beside', commits: [] },
    10,
    'bad',
  );
  expect(lines.map(({ commit, state }) => `${commit} ${state}`)).toEqual([
    'write pending',
    'bad pending',
    'good superseded',
  ]);
  expect(explainInForce({ ...status, refused: { commit: 'bad', problems: ['a.yaml:1: no'] } }, lines)).toEqual([
    '',
    'bad is refused: a.yaml:1: no',
    'beside stays in force, beside the branch: the last good commit with what was written through the API since. The next good commit brings all of the branch into force.',
  ]);
  expect(explainInForce(status, lines)).toEqual([]);
});

/** `kubectl rollout status`, written down once more: updated, no old ones, all available, at the present generation. */
function isRolledOut({ metadata, spec, status = {} }: Deployment): boolean {
  const wanted = spec?.replicas ?? 1;
  return (
    (status.observedGeneration ?? 0) >= (metadata?.generation ?? 0) &&
    (status.updatedReplicas ?? 0) >= wanted &&
    (status.replicas ?? 0) <= (status.updatedReplicas ?? 0) &&
    (status.availableReplicas ?? 0) >= (status.updatedReplicas ?? 0) &&
    metadata?.annotations?.['reflet.dev/waits-for'] === undefined
  );
}

it('says healthy only when every object of the commit is, at the revision that it names', async () => {
  const random = seededRandom(7);
  const pick = (count: number) => Math.floor(random.next() * count);
  const names = ['a', 'b', 'c'];
  const seen: { commit: string; wrong: string[] }[] = [];
  world.git.statuses.onChange(({ status }) => {
    if (status.state !== 'healthy') return;
    const wrong = status.objects
      .filter(({ key, action }) => {
        const [entry] = world.store.range(key, { revision: status.healthyRevision! }).entries;
        if (action === 'deleted') return entry !== undefined;
        return !entry || (key.includes('/deployments/') && !isRolledOut(entry.value as Deployment));
      })
      .map(({ object }) => object);
    seen.push({ commit: status.commit, wrong });
  });
  for (let step = 0; step < 25; step++) {
    const name = names[pick(names.length)]!;
    const image = `${name}:${pick(3)}`;
    if (pick(2) === 0) cluster.allow(image);
    const annotations: Record<string, string> = pick(3) === 0 ? { 'reflet.dev/wave': String(pick(3)) } : {};
    const files: Record<string, string | undefined> = {
      [`${name}.yaml`]: deploymentText({ name, image, replicas: 1 + pick(3), annotations }),
      'step.yaml': configMap('step', { step: String(step) }),
    };
    const commit = await push(files);
    if (pick(3) === 0) cluster.allow(image);
    if (cluster.good.has(image) && pick(2) === 0) {
      await cluster.until('healthy', () => ['healthy', 'superseded'].includes(stateOf(commit) ?? ''));
    }
  }
  cluster.allow(...names.flatMap((name) => [0, 1, 2].map((number) => `${name}:${number}`)));
  await isState(await head(), 'healthy');
  expect(seen.length).toBeGreaterThan(3);
  expect(seen.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
});

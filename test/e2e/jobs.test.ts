/** Jobs with real pods: pushed, waited for and depended on, failing, told apart by index, removed after their time. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Job } from '../../daemon/kinds/types.generated.ts';
import { type Clone, type RefletHost, SKIP_E2E, startReflet, waitFor } from '../support/reflet.ts';

const IMAGE = 'localhost/reflet/hello:1';

const container = (script: string) => ({
  name: 'main',
  image: IMAGE,
  imagePullPolicy: 'Never',
  command: ['sh', '-c', script],
});
const job = (name: string, script: string, spec: object = {}): string =>
  JSON.stringify({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [container(script)] } }, ...spec },
  });
const web = JSON.stringify({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', annotations: { 'reflet.dev/depends-on': 'job/migrate' } },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { terminationGracePeriodSeconds: 0, containers: [container('exec sleep 3600')] },
    },
  },
});

describe.skipIf(SKIP_E2E)('Jobs', () => {
  let host: RefletHost;
  let clone: Clone;
  beforeAll(async () => {
    host = await startReflet({ port: 16_463, args: ['--no-demonstration'] });
    clone = await host.clone();
  });
  afterAll(() => host?.close());

  const push = async (files: Record<string, string>, message: string) => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(clone.folder, name), text);
    await clone.git('add', '-A');
    await clone.git('commit', '-qm', message);
    return clone.push('-o', 'wait=60s');
  };
  const read = async (name: string): Promise<Job> =>
    JSON.parse(await host.must('get', 'job', name, '-o', 'json')) as Job;

  it('of a commit are waited for, and what depends on them begins when they are complete', async () => {
    const { stderr, exitCode } = await push(
      { 'migrate.json': job('migrate', 'echo migrated'), 'web.json': web },
      'A migration',
    );
    expect(stderr).toContain('deployment default/web waits for job default/migrate');
    expect(stderr).toContain('job default/migrate 1/1 succeeded');
    expect(stderr).toContain('all healthy');
    expect(exitCode).toBe(0);
    expect(await host.must('logs', 'job/migrate')).toBe('migrated\n');
    expect((await host.must('get', 'job', 'migrate', '--no-headers')).split(/\s+/).slice(0, 3)).toEqual([
      'migrate',
      'Complete',
      '1/1',
    ]);
    const { items } = JSON.parse(await host.must('get', 'pods', '-l', 'app=web', '-o', 'json')) as {
      items: { metadata: { creationTimestamp: string } }[];
    };
    const { completionTime } = (await read('migrate')).status!;
    expect(items[0]!.metadata.creationTimestamp >= completionTime!).toBe(true);
  });

  it('that fail make the commit fail, with the reason', async () => {
    const { stderr } = await push({ 'broken.json': job('broken', 'exit 3', { backoffLimit: 0 }) }, 'A broken Job');
    expect(stderr).toContain('job default/broken failed: Job has reached the specified backoff limit');
    expect((await read('broken')).status).toMatchObject({ failed: 1 });
  });

  it('tell their pods apart by index, and may go after their time', async () => {
    const spec = { completionMode: 'Indexed', completions: 3, parallelism: 3, ttlSecondsAfterFinished: 2 };
    await clone.git('rm', '-q', 'broken.json');
    const logs = 'echo $JOB_COMPLETION_INDEX $HOSTNAME';
    await push({ 'indexed.json': job('indexed', logs, spec) }, 'By index');
    const said = await host.must('logs', '-l', 'job-name=indexed', '--prefix=false');
    expect(said.trim().split('\n').sort()).toEqual(['0 indexed-0', '1 indexed-1', '2 indexed-2']);
    const podsLeft = () => host.must('get', 'pods', '-l', 'job-name=indexed', '-o', 'name');
    await waitFor('its pods to be removed', async () => (await podsLeft()) === '', 30_000);
    // The Job stays, as git has it, and is not run again, not even after a restart.
    await host.crash();
    await host.startAgain();
    await host.must('rollout', 'status', 'deployment/web', '--timeout=60s');
    expect((await read('indexed')).status).toMatchObject({ succeeded: 3, completedIndexes: '0-2' });
    expect(await podsLeft()).toBe('');
    await host.must('create', 'job', 'by-hand', '-n', 'kube-public', `--image=${IMAGE}`, '--', 'sh', '-c', 'exit 0');
    await host.must('patch', 'job', 'by-hand', '-n', 'kube-public', '-p', '{"spec":{"ttlSecondsAfterFinished":1}}');
    const byHand = () => host.must('get', 'jobs,pods', '-n', 'kube-public', '-o', 'name');
    await waitFor('a Job outside of git to go with its pods', async () => (await byHand()) === '', 30_000);
  });
});

/** Rollouts with real pods: workloads that wait for each other, a failing commit that takes itself back, and notes that tell it. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clone, type RefletHost, SKIP_E2E, startReflet, waitFor } from '../support/reflet.ts';

const IMAGE = 'localhost/reflet/hello:1';
const CANARY = 'c4n4ry-of-a-secret';

interface App {
  name: string;
  script: string;
  annotations?: Record<string, string>;
  deadline?: number;
}

/** Ready when its script has made `/ready`. */
const app = ({ name, script, annotations = {}, deadline = 60 }: App): string =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop', annotations },
    spec: {
      replicas: 1,
      progressDeadlineSeconds: deadline,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [
            {
              name: 'main',
              image: IMAGE,
              imagePullPolicy: 'Never',
              command: ['sh', '-c', script],
              env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'password', key: 'value' } } }],
              readinessProbe: { exec: { command: ['cat', '/ready'] }, periodSeconds: 1 },
            },
          ],
        },
      },
    },
  });
const READY = 'touch /ready; exec sleep 3600';

describe.skipIf(SKIP_E2E)('rollouts', () => {
  let host: RefletHost;
  let clone: Clone;
  beforeAll(async () => {
    host = await startReflet({ port: 16_451 });
    clone = await host.clone();
  });
  afterAll(() => host?.close());

  const push = async (files: Record<string, string>, message: string, ...options: string[]) => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(clone.folder, name), text);
    await clone.git('add', '-A');
    await clone.git('commit', '-qm', message);
    const result = await clone.push(...options);
    return { ...result, commit: (await clone.git('rev-parse', 'HEAD')).stdout.trim() };
  };
  const note = async (commit: string): Promise<string> => {
    await clone.git('fetch', '-q', 'origin', '+refs/notes/*:refs/notes/*');
    return (await clone.git('notes', '--ref=reflet', 'show', commit)).stdout;
  };
  const podOf = async (name: string) =>
    JSON.parse(await host.must('get', 'pods', '-n', 'shop', '-l', `app=${name}`, '-o', 'json')).items[0] as {
      metadata: { creationTimestamp: string };
      status: { conditions: { type: string; lastTransitionTime: string }[] };
    };
  const readyAt = (pod: Awaited<ReturnType<typeof podOf>>) =>
    Date.parse(pod.status.conditions.find(({ type }) => type === 'Ready')!.lastTransitionTime);

  it('go in order: the namespace, what is depended on, then the next wave', async () => {
    const { stderr, exitCode, commit } = await push(
      {
        'reflet.yaml': 'apiVersion: reflet.dev/v1\nkind: Configuration\nautoRevert: {enabled: true}\n',
        'front.json': app({ name: 'front', script: READY, annotations: { 'reflet.dev/wave': '1' } }),
        'web.json': app({ name: 'web', script: READY, annotations: { 'reflet.dev/depends-on': 'deployment/db' } }),
        'db.json': app({ name: 'db', script: `sleep 1; ${READY}` }),
        'shop.yaml': `apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: password, namespace: shop}\nstringData: {value: ${CANARY}}\n`,
      },
      'A shop',
      '-o',
      'wait=60s',
    );
    expect(stderr).toContain('deployment shop/web');
    expect(stderr).toMatch(/deployment shop\/web .*waits for .*deployment shop\/db/);
    expect(stderr).toMatch(/deployment shop\/front .*waits for .*deployment shop\/web/);
    expect(stderr).toContain('reflet: all healthy after');
    expect(exitCode).toBe(0);
    const [db, web, front] = await Promise.all(['db', 'web', 'front'].map(podOf));
    expect(Date.parse(web!.metadata.creationTimestamp)).toBeGreaterThanOrEqual(readyAt(db!));
    expect(Date.parse(front!.metadata.creationTimestamp)).toBeGreaterThanOrEqual(readyAt(web!));
    await waitFor('the note', async () => (await note(commit)).startsWith('state: healthy\n'));
  });

  it('that fail are taken back, with the last words of the container, and are healthy on the old revision', async () => {
    const script = 'echo connecting with $PASSWORD; echo no such table: orders; exit 7';
    const bad = await push({ 'web.json': app({ name: 'web', script, deadline: 2 }) }, 'Faster web');
    expect(bad.exitCode).toBe(0);
    const lines = await waitFor('the revert to be healthy', async () => {
      const { commits } = JSON.parse((await host.reflet('log', '-o', 'json')).stdout) as {
        commits: { commit: string; state: string; subject: string; inForce: boolean }[];
      };
      const [first] = commits;
      return first?.subject === 'Revert "Faster web"' && first.state === 'healthy' && commits;
    });
    expect(lines.slice(0, 2)).toMatchObject([
      { inForce: true, state: 'healthy' },
      { commit: bad.commit, inForce: false, state: 'failed' },
    ]);
    await clone.git('pull', '-q', 'origin', 'main');
    const message = (await clone.git('log', '-1', '--format=%B')).stdout;
    expect(message).toContain('deployment shop/web: 0/1 ready: exceeded its progress deadline');
    expect(message).toContain('no such table: orders');
    expect(message).toContain('connecting with [redacted]');
    expect(message).toContain(`Reflet-Reverts: ${bad.commit}`);
    expect(message).not.toContain(CANARY);
    expect(await host.must('get', 'deployment', 'web', '-n', 'shop', '-o', 'jsonpath={.status.readyReplicas}')).toBe(
      '1',
    );
    expect((await clone.git('diff', '--stat', 'HEAD~2', 'HEAD')).stdout).toBe('');
    const told = await waitFor('the note', async () => {
      const text = await note(bad.commit);
      return text.includes('reverted-by: ') && text;
    });
    expect(told).toContain('state: failed\n');
    expect((await host.reflet('status')).stdout).toContain('healthy');
    const again = await push({ 'web.json': app({ name: 'web', script, deadline: 2 }) }, 'Once more');
    expect(again.stderr).toContain(`this is the content of ${bad.commit.slice(0, 12)}, whose rollout failed`);
    expect(again.exitCode).not.toBe(0);
  });
});

/** A remote over HTTPS is followed: a push there deploys here, a webhook says so, kubectl's writes reach it, a bad commit holds nothing else up. */

import { createHmac } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../daemon/base/log.ts';
import { run } from '../../daemon/base/process.ts';
import { ensureHelloImage } from '../../daemon/bin/demonstration.ts';
import { podmanEnvironment } from '../../daemon/bin/podman-environment.ts';
import { PASSWORD, startRemote, type TestRemote } from '../git/support/remote.ts';
import { type Clone, configMap } from '../git/support/world.ts';
import { type RefletHost, SKIP_E2E, startReflet, waitFor } from '../support/reflet.ts';

const web = (replicas: number): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${replicas} # as many as there are guests
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: web, image: "localhost/reflet/hello:1", imagePullPolicy: Never}]
`;

const CONFIGURATION = `apiVersion: reflet.dev/v1
kind: Configuration
follow: {pollInterval: 1h}
apiWrites: {mode: commit}
webhooks: {provider: github, secretFile: hook-secret}
`;
const PORT = 16_459;

describe.skipIf(SKIP_E2E)('following a remote', () => {
  let remote: TestRemote;
  let person: Clone;
  let host: RefletHost;

  beforeAll(async () => {
    remote = await startRemote();
    person = await remote.clone('person');
    await person.commit({
      'web.yaml': web(1),
      'note.yaml': configMap('note', { a: '1' }),
      'reflet.yaml': CONFIGURATION,
    });
    await person.push();
    host = await startReflet({
      port: PORT,
      args: ['--repo', remote.url, '--allow-remote', `localhost:${remote.port}`],
      async prepare(dataDir) {
        await ensureHelloImage(await podmanEnvironment(join(dataDir, 'agent'), silentLogger));
        await mkdir(join(dataDir, 'keys'), { recursive: true });
        await writeFile(join(dataDir, 'keys', 'git-ca.pem'), remote.authority);
        await writeFile(join(dataDir, 'keys', 'git-token'), PASSWORD, { mode: 0o600 });
        await writeFile(join(dataDir, 'keys', 'hook-secret'), 'shared with the forge', { mode: 0o600 });
      },
    });
  });
  afterAll(async () => {
    await host?.close();
    await remote?.close();
  });

  const ready = (count: number) =>
    waitFor(`${count} ready pods`, async () => {
      const status = await host.must(
        'get',
        'deployment',
        'web',
        '-o',
        'jsonpath={.status.readyReplicas} {.status.replicas}',
      );
      return status === `${count} ${count}`;
    });
  const webhook = (body: string, secret: string) =>
    run('curl', [
      ...['-sk', '-X', 'POST', '-H', 'X-GitHub-Event: push', '-H', 'Content-Type: application/json'],
      ...['-H', `X-Hub-Signature-256: sha256=${createHmac('sha256', secret).update(body).digest('hex')}`],
      ...['-d', body, '-w', '%{http_code}', `https://127.0.0.1:${PORT}/hooks/git`],
    ]);

  it('deploys what is pushed there when a webhook says so', async () => {
    await ready(1);
    await person.commit({ 'web.yaml': web(2) });
    await person.push();
    expect((await webhook('{}', 'guessed')).stdout).toContain('401');
    expect((await webhook('{}', 'shared with the forge')).stdout).toContain('202');
    await ready(2);
  });

  it('kubectl’s writes are commits there, and a dry run is none', async () => {
    const tip = await remote.tip();
    await host.must('scale', 'deployment', 'web', '--replicas=1', '--dry-run=server');
    expect(await remote.tip()).toBe(tip);
    await host.must('scale', 'deployment', 'web', '--replicas=1');
    expect(await remote.git('show', 'main:web.yaml')).toBe(web(1).trim());
    expect(await remote.git('log', '-1', '--format=%an %s', 'main')).toBe('system:admin Scale deployment default/web');
    await host.must('create', 'configmap', 'made', '--from-literal=a=1');
    expect(await remote.git('ls-tree', '-r', '--name-only', 'main')).toContain('default/configmap-made.yaml');
    await ready(1);
  });

  it('a refused tip is shown, and holds up nothing that has no part in it', async () => {
    await person.git('pull', '-q', '--rebase', 'origin', 'main');
    await person.commit({ 'web.yaml': web(1).replace('replicas: 1', 'replicas: many') });
    await person.push();
    const bad = await remote.tip();
    await webhook('{}', 'shared with the forge');
    const status = await waitFor('the refusal', async () => {
      const { exitCode, stdout } = await host.reflet('status');
      return exitCode === 1 && stdout.includes('refused') && stdout;
    });
    expect(status).toContain(bad);
    expect(status).toMatch(/web\.yaml:5:3: .*replicas/);
    await host.must('patch', 'configmap', 'note', '-p', '{"data":{"b":"2"}}');
    expect(await host.must('get', 'configmap', 'note', '-o', 'jsonpath={.data.b}')).toBe('2');
    expect(await remote.git('rev-parse', 'main~1')).toBe(bad);
    const { exitCode, stderr } = await host.kubectl('scale', 'deployment', 'web', '--replicas=3');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`the branch is at ${bad.slice(0, 12)}, which is not in force: web.yaml:5:3`);
    const events = await waitFor('the event', async () => {
      const text = await host.must('get', 'events');
      return text.includes('CommitRefused') && text;
    });
    expect(events).toContain(bad.slice(0, 12));
    await person.git('pull', '-q', '--rebase', 'origin', 'main');
    await person.commit({ 'web.yaml': web(2) });
    await person.push();
    await webhook('{}', 'shared with the forge');
    await ready(2);
    expect((await host.reflet('status')).stdout).not.toContain('refused');
  });
});

/** A remote is followed and the data directory is lost but for the keys: the remote brings the same cluster back, also when its history was rewritten. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../daemon/base/log.ts';
import { ensureHelloImage } from '../../daemon/bin/demonstration.ts';
import { podmanEnvironment } from '../../daemon/bin/podman-environment.ts';
import { PASSWORD, startRemote, type TestRemote } from '../git/support/remote.ts';
import { type Clone, configMap } from '../git/support/world.ts';
import { checkpointed, everyNodeReported, loseData, snapshotOf } from '../support/rebuild.ts';
import { type RefletHost, SKIP_E2E, startReflet, waitFor } from '../support/reflet.ts';

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: web, image: "localhost/reflet/hello:1", imagePullPolicy: Never}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
`;
/** A checkpoint goes to the remote a second after a quiet time, and every 30 s in a cluster that stays busy. */
const SHARED_MS_MAX = 90_000;

describe.skipIf(SKIP_E2E)('a rebuild from a remote', () => {
  let remote: TestRemote;
  let person: Clone;
  let host: RefletHost;
  let before: Awaited<ReturnType<typeof snapshotOf>>;

  beforeAll(async () => {
    remote = await startRemote();
    person = await remote.clone('person');
    await person.commit({ 'web.yaml': WEB, 'note.yaml': configMap('note', { a: '1' }) });
    await person.commit({ 'note.yaml': configMap('note', { a: '2' }) });
    await person.push();
    host = await startReflet({
      port: 16_463,
      args: ['--repo', remote.url, '--allow-remote', `localhost:${remote.port}`],
      async prepare(dataDir) {
        await ensureHelloImage(await podmanEnvironment(join(dataDir, 'agent'), silentLogger));
        await mkdir(join(dataDir, 'keys'), { recursive: true });
        await writeFile(join(dataDir, 'keys', 'git-ca.pem'), remote.authority);
        await writeFile(join(dataDir, 'keys', 'git-token'), PASSWORD, { mode: 0o600 });
      },
    });
    await host.must('rollout', 'status', 'deployment/web', '--timeout=100s');
    await host.must('create', 'namespace', 'lab');
    await host.must('create', 'secret', 'generic', 'by-hand', '-n', 'lab', '--from-literal=password=s3cret');
    before = await snapshotOf(host);
  });
  afterAll(async () => {
    await host?.close();
    await remote?.close();
  });

  /** What the remote knows, whatever it is now, is all that is left beside the keys. */
  async function rebuild(): Promise<void> {
    await checkpointed(host, remote.gitDir, SHARED_MS_MAX);
    await host.crash();
    await loseData(host, ['keys']);
  }
  async function isBack(): Promise<void> {
    await host.startAgain();
    await everyNodeReported(host);
    expect(await snapshotOf(host)).toEqual(before);
    expect(host.output()).toContain('rebuilding');
    expect((await host.reflet('status')).exitCode).toBe(0);
  }
  const inForce = async () =>
    (JSON.parse((await host.reflet('status', '-o', 'json')).stdout) as { commit: string }).commit;

  it('has the same uids, addresses, pods and containers', async () => {
    await rebuild();
    await isBack();
    expect(await inForce()).toBe(await remote.tip());
  });

  it('has them after the remote’s history was squashed meanwhile', async () => {
    await rebuild();
    await person.git('checkout', '-q', '--orphan', 'squashed');
    await person.git('commit', '-qm', 'All of it');
    await person.git('push', '-q', '--force', 'origin', 'squashed:main');
    await isBack();
    expect(await inForce()).toBe(await remote.tip());
  });

  it('has them after a merge there, which is in force then', async () => {
    await rebuild();
    await person.git('checkout', '-q', '-B', 'main', 'squashed');
    await person.git('checkout', '-q', '-b', 'side');
    await person.commit({ 'note.yaml': configMap('note', { a: '3' }) });
    await person.git('checkout', '-q', 'main');
    await person.commit({ 'other.yaml': configMap('other', { a: '1' }) });
    await person.git('merge', '-q', '--no-ff', '-m', 'Merge side', 'side');
    await person.git('push', '-q', 'origin', 'main:main');
    await isBack();
    await waitFor('the merge', async () => (await inForce()) === (await remote.tip()));
    expect(await host.must('get', 'configmap', 'note', 'other', '-o', 'jsonpath={.items[*].data.a}')).toBe('3 1');
  });
});

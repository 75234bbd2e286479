/** Policies as people meet them: kubectl drain under a budget, describe, and what is refused, on real pods. */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../daemon/base/process.ts';
import { findKubectls } from '../support/kubectls.ts';
import { type RefletHost, SKIP_E2E, startReflet, waitFor } from '../support/reflet.ts';

const { kubectls } = await findKubectls();

const BUDGET = `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec:
  minAvailable: 1
  selector: {matchLabels: {app: web}}
`;

const POLICIES = `apiVersion: v1
kind: LimitRange
metadata: {name: sizes, namespace: small}
spec:
  limits:
  - {type: Container, default: {memory: 64Mi}, max: {memory: 128Mi}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: room, namespace: small}
spec:
  hard: {pods: "1", limits.memory: 256Mi}
`;

describe.skipIf(SKIP_E2E)('policies', () => {
  let host: RefletHost;
  let image: string;
  beforeAll(async () => {
    host = await startReflet({ port: 16_453 });
    await host.must('rollout', 'status', 'deployment/hello', '--timeout=100s');
    const path = 'jsonpath={.spec.template.spec.containers[0].image}';
    image = await host.must('get', 'deployment', 'hello', '-o', path);
  });
  afterAll(() => host?.close());

  const applied = async (text: string) => {
    expect(await host.kubectlWithInput(text, 'apply', '-f', '-')).toMatchObject({ exitCode: 0 });
  };
  const pod = (name: string, namespace: string, more: object = {}) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace },
      spec: { containers: [{ name: 'c', image, command: ['/bin/busybox', 'sleep', '1000'] }], ...more },
    });

  it('drain evicts what a budget allows, and waits with the rest', async () => {
    const names = ['web-1', 'web-2'];
    for (const name of names) {
      const object = JSON.parse(pod(name, 'default')) as { metadata: object; spec: object };
      object.metadata = { name, labels: { app: 'web' } };
      object.spec = { ...object.spec, terminationGracePeriodSeconds: 1 };
      await applied(JSON.stringify(object));
    }
    await applied(BUDGET);
    await host.must('wait', '--for=condition=Ready', 'pod/web-1', 'pod/web-2', '--timeout=100s');
    const allowed = () => host.must('get', 'pdb', 'web', '-o', 'jsonpath={.status.disruptionsAllowed}');
    await waitFor('one disruption to be allowed', async () => (await allowed()) === '1');
    const node = await host.must('get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}');
    const drain = ['drain', node, '--pod-selector=app=web', '--force', '--timeout=15s'];
    const drained = await host.kubectl(...drain);
    expect(drained.exitCode).not.toBe(0);
    expect(drained.stderr).toContain("Cannot evict pod as it would violate the pod's disruption budget.");
    expect(drained.stdout).toMatch(/pod\/web-[12] evicted/);
    expect(await host.must('get', 'pods', '-l', 'app=web', '-o', 'name')).toMatch(/^pod\/web-[12]\n$/);
    await host.must('delete', 'pdb', 'web');
    // With the oldest kubectl there is: it asks in policy/v1beta1.
    const { program } = kubectls.at(-1)!;
    const env = { KUBECONFIG: join(host.dataDir, 'admin.kubeconfig'), HOME: host.dataDir };
    expect(await run(program, drain, { env, timeoutMs: 60_000 })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/pod\/web-[12] evicted/),
    });
    await host.must('uncordon', node);
  });

  it('a namespace has room for what its quota says, in the sizes of its limits', async () => {
    await host.must('create', 'namespace', 'small');
    await applied(POLICIES);
    await waitFor(
      'the service account',
      async () => (await host.kubectl('get', 'sa', 'default', '-n', 'small')).exitCode === 0,
    );
    await applied(pod('a', 'small'));
    expect((await host.kubectlWithInput(pod('b', 'small'), 'apply', '-f', '-')).stderr).toContain(
      'pods "b" is forbidden: exceeded quota: room, requested: pods=1, used: pods=1, limited: pods=1',
    );
    await waitFor('the usage', async () =>
      /limits\.memory +64Mi +256Mi\npods +1 +1\n/.test(await host.must('describe', 'quota', 'room', '-n', 'small')),
    );
    expect(await host.must('describe', 'limits', 'sizes', '-n', 'small')).toMatch(
      /Container +memory +- +128Mi +64Mi +64Mi +-/,
    );
    await host.must('delete', 'pod', 'a', '-n', 'small', '--grace-period=1');
    await waitFor(
      'room again',
      async () => (await host.kubectlWithInput(pod('b', 'small'), 'apply', '-f', '-')).exitCode === 0,
    );
  });

  it('a restricted namespace takes no pod that is not', async () => {
    await host.must('create', 'namespace', 'strict');
    await host.must('label', 'namespace', 'strict', 'pod-security.kubernetes.io/enforce=baseline');
    await waitFor(
      'the service account',
      async () => (await host.kubectl('get', 'sa', 'default', '-n', 'strict')).exitCode === 0,
    );
    const wrong = await host.kubectlWithInput(pod('p', 'strict', { hostPID: true }), 'apply', '-f', '-');
    expect(wrong.stderr).toContain(
      'pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostPID=true)',
    );
  });
});

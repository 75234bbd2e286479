/** kubectl debug: a container added to a pod that runs, on real podman. */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../daemon/base/process.ts';
import { type RefletHost, SKIP_E2E, startReflet, waitFor } from '../support/reflet.ts';

describe.skipIf(SKIP_E2E)('kubectl debug', () => {
  let host: RefletHost;
  let image: string;
  beforeAll(async () => {
    host = await startReflet({ port: 16_454 });
    await host.must('rollout', 'status', 'deployment/hello', '--timeout=100s');
    image = await host.must('get', 'deployment', 'hello', '-o', 'jsonpath={.spec.template.spec.containers[0].image}');
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web' },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'c', image, command: ['/bin/busybox', 'sleep', '98765'] }],
      },
    };
    expect(await host.kubectlWithInput(JSON.stringify(pod), 'apply', '-f', '-')).toMatchObject({ exitCode: 0 });
    await host.must('wait', '--for=condition=Ready', 'pod/web', '--timeout=100s');
  });
  afterAll(() => host?.close());

  const status = async (container: string) => {
    const text = await host.must('get', 'pod', 'web', '-o', 'json');
    const { ephemeralContainerStatuses: all = [] } = (
      JSON.parse(text) as {
        status: { ephemeralContainerStatuses?: { name: string; state: { terminated?: { exitCode: number } } }[] };
      }
    ).status;
    return all.find(({ name }) => name === container);
  };
  const ended = (container: string) =>
    waitFor('the end of the container', async () => (await status(container))?.state.terminated);

  it('runs beside the others, in their network, and its log can be read', async () => {
    const script = 'echo from debug; /bin/busybox ip -o addr show; exit 7';
    await host.must('debug', 'web', '--image', image, '-c', 'look', '--', '/bin/busybox', 'sh', '-c', script);
    expect(await ended('look')).toMatchObject({ exitCode: 7 });
    const ip = await host.must('get', 'pod', 'web', '-o', 'jsonpath={.status.podIP}');
    const log = await host.must('logs', 'web', '-c', 'look');
    expect(log).toContain('from debug');
    expect(log).toContain(ip);
    expect(await host.must('get', 'pod', 'web', '--no-headers')).toMatch(/^web +1\/1 +Running +0 /);
  });

  it('sees the processes of its target, at a terminal', async () => {
    const command = "/bin/busybox sh -c '/bin/busybox ps; exit 3'";
    const line = `kubectl debug -it web --image=${image} --target=c -c peer -- ${command}`;
    const env = { KUBECONFIG: join(host.dataDir, 'admin.kubeconfig'), HOME: host.dataDir, TERM: 'xterm' };
    const { stdout } = await run('script', ['-qec', line, '/dev/null'], { env, timeoutMs: 60_000 });
    expect(await ended('peer')).toMatchObject({ exitCode: 3 });
    expect(stdout + (await host.must('logs', 'web', '-c', 'peer'))).toContain('sleep 98765');
  });

  it('takes commands and what is typed', async () => {
    await host.must('debug', 'web', '--image', image, '-c', 'shell', '--', '/bin/busybox', 'sleep', '1000');
    await waitFor(
      'the container to run',
      async () => (await host.kubectl('exec', 'web', '-c', 'shell', '--', '/bin/busybox', 'true')).exitCode === 0,
    );
    expect((await host.kubectl('exec', 'web', '-c', 'shell', '--', '/bin/busybox', 'ps')).stdout).not.toContain(
      '98765',
    );
    const described = await host.must('describe', 'pod', 'web');
    expect(described).toMatch(/Ephemeral Containers:\n {2}look:/);
    await host.must('delete', 'pod', 'web', '--timeout=100s');
  });
});

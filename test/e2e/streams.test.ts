/** exec, attach, cp and port-forward as kubectl speaks them, now (WebSocket) and before 1.30 (SPDY), and as another client does, on real pods. */

import type { ChildProcess } from 'node:child_process';
import type { RequestOptions } from 'node:https';
import { createServer, Socket } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Exec, KubeConfig, PortForward } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { run, start } from '../../daemon/base/process.ts';
import { findKubectls } from '../support/kubectls.ts';
import { fetchText, type RefletHost, SKIP_E2E, startReflet, waitFor } from '../support/reflet.ts';

const SPDY = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' };
const { kubectls } = await findKubectls();
/** Kubectls of years ago know nothing else than SPDY. */
const CARRIERS: [string, Record<string, string>, string][] = [
  ['over WebSocket', {}, 'kubectl'],
  ['over SPDY', SPDY, 'kubectl'],
  ...kubectls.slice(1).map(({ version, program }): [string, Record<string, string>, string] => [version, {}, program]),
];

describe.skipIf(SKIP_E2E)('streams', () => {
  let host: RefletHost;
  let pod: string;
  const environment = () => ({ KUBECONFIG: join(host.dataDir, 'admin.kubeconfig'), HOME: host.dataDir });
  beforeAll(async () => {
    host = await startReflet({ port: 16_446 });
    await host.must('rollout', 'status', 'deployment/hello', '--timeout=100s');
    pod = (await host.must('get', 'pods', '-o', 'jsonpath={.items[0].metadata.name}')).trim();
    for (const applet of ['tar', 'wc', 'tty', 'cat']) {
      await host.must('exec', pod, '--', '/bin/busybox', 'ln', '-sf', '/bin/busybox', `/bin/${applet}`);
    }
  });
  afterAll(() => host?.close());

  describe.each(CARRIERS)('kubectl %s', (_name, extra, program) => {
    const kubectl = (input: string | undefined, ...args: string[]) =>
      run(program, args, {
        env: { ...environment(), ...extra },
        timeoutMs: 60_000,
        ...(input === undefined ? {} : { input }),
      });

    it('exec: both streams, the exit code, standard input', async () => {
      const script = 'echo out; echo err >&2; exit 42';
      expect(await kubectl(undefined, 'exec', pod, '--', 'sh', '-c', script)).toEqual({
        exitCode: 42,
        stdout: 'out\n',
        stderr: 'err\ncommand terminated with exit code 42\n',
      });
      const sent = 'x'.repeat(1_000_000);
      expect(await kubectl(sent, 'exec', '-i', pod, '--', 'wc', '-c')).toMatchObject({
        exitCode: 0,
        stdout: '1000000\n',
      });
    });

    it('exec: a terminal', async () => {
      const line = `${program} exec -it ${pod} -- sh -c 'tty; exit 3'`;
      const { stdout } = await run('script', ['-qec', line, '/dev/null'], {
        env: { ...environment(), ...extra, TERM: 'xterm' },
        timeoutMs: 60_000,
      });
      expect(stdout).toContain('/dev/pts/');
      expect(stdout).toContain('command terminated with exit code 3');
    });

    it('cp: there and back', async () => {
      const file = join(host.dataDir, 'sent');
      await run('sh', ['-c', `head -c 300000 /dev/urandom > ${file}`], {});
      expect(await kubectl(undefined, 'cp', file, `${pod}:/sent`)).toMatchObject({ stderr: '', exitCode: 0 });
      expect(await kubectl(undefined, 'cp', `${pod}:/sent`, `${file}.back`)).toMatchObject({ exitCode: 0 });
      expect(await run('cmp', [file, `${file}.back`], {})).toMatchObject({ exitCode: 0 });
    });

    it('port-forward: requests side by side, and what listens nowhere', async () => {
      const forward = await startForward(program, { ...environment(), ...extra }, [`pod/${pod}`, ':8080', ':9']);
      try {
        const [good, bad] = forward.ports;
        const answers = await Promise.all(Array.from({ length: 10 }, () => fetchText(`http://127.0.0.1:${good}/`)));
        expect(new Set(answers).size).toBe(1);
        expect(answers[0]).toBeTruthy();
        expect(await fetchText(`http://127.0.0.1:${bad}/`)).toBeUndefined();
        await waitFor('the reason', async () => /connection refused/.test(forward.stderr()));
      } finally {
        forward.child.kill();
      }
    });
  });

  it('the proxy of pods, services and nodes', async () => {
    const raw = (path: string) => host.must('get', '--raw', `/api/v1/${path}`);
    const page = await raw(`namespaces/default/pods/${pod}:8080/proxy/`);
    expect(page).toContain('Hello from Reflet');
    expect(await raw('namespaces/default/services/hello:80/proxy/index.html')).toBe(page);
    const node = (await host.must('get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}')).trim();
    expect(await raw(`nodes/${node}/proxy/healthz`)).toBe('ok');
  });

  it('a log over WebSocket, as dashboards follow it', async () => {
    const config = new KubeConfig();
    config.loadFromFile(environment().KUBECONFIG);
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    const url = `${config.getCurrentCluster()!.server.replace('https', 'wss')}/api/v1/namespaces/default/pods/${pod}/log`;
    const marker = `said ${Date.now()}`;
    await host.must('exec', pod, '--', 'sh', '-c', `echo '${marker}' > /proc/1/fd/1`);
    for (const protocol of ['base64.binary.k8s.io', 'binary.k8s.io']) {
      let text = '';
      const socket = new WebSocket(`${url}?follow=true`, protocol, options as ClientOptions);
      socket.on('message', (data: Buffer, isBinary) => {
        text += isBinary ? data.toString() : Buffer.from(data.toString(), 'base64').toString();
      });
      await expect.poll(() => text).toContain(marker);
      expect(socket.protocol).toBe(protocol);
      socket.terminate();
    }
  });

  it('the JavaScript client: exec, and port-forward by channels', async () => {
    const config = new KubeConfig();
    config.loadFromFile(environment().KUBECONFIG);
    const stdout = new PassThrough();
    let text = '';
    stdout.on('data', (chunk) => {
      text += chunk;
    });
    const status = await new Promise((resolve, reject) => {
      new Exec(config).exec('default', pod, '', ['echo', 'hi'], stdout, null, null, false, resolve).catch(reject);
    });
    expect(status).toMatchObject({ status: 'Success' });
    expect(text).toBe('hi\n');
    const server = createServer((socket) => {
      void new PortForward(config).portForward('default', pod, [8080], socket, null, socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const answer = await new Promise<string>((resolve) => {
      const socket = new Socket().connect(port, '127.0.0.1');
      socket.write('GET / HTTP/1.0\r\n\r\n');
      socket.once('data', (data) => {
        resolve(data.toString());
        socket.destroy();
      });
    });
    expect(answer).toMatch(/^HTTP\/1\.[01] 200/);
    server.close();
  });
});

interface Forward {
  child: ChildProcess;
  /** Local ports, in the order asked for. */
  ports: number[];
  stderr(): string;
}

async function startForward(program: string, environment: Record<string, string>, args: string[]): Promise<Forward> {
  const child = start(program, ['port-forward', ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout!.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr!.on('data', (chunk) => {
    stderr += chunk;
  });
  const wanted = args.length - 1;
  const ports = await waitFor(
    'forwarded ports',
    async () => {
      const found = [...stdout.matchAll(/127\.0\.0\.1:(\d+) ->/g)].map(([, port]) => Number(port));
      return found.length >= wanted && found;
    },
    60_000,
  ).catch((error: Error) => {
    child.kill();
    throw new Error(`${error.message}: ${stderr}`);
  });
  return { child, ports, stderr: () => stderr };
}

/** exec, attach and port-forward on real containers: what people type, what comes back, and that nothing stays behind. */

import { once } from 'node:events';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNamespaceDialer } from '../../daemon/agent/exec/namespace-dialer.ts';
import { createNodeService } from '../../daemon/agent/exec/node-service.ts';
import { openRuntimeExec, type RuntimeExec } from '../../daemon/agent/exec/runtime-exec.ts';
import { systemClock } from '../../daemon/base/clock.ts';
import { run } from '../../daemon/base/process.ts';
import type { NodeService, Session } from '../../daemon/client/node-service.ts';
import { eventually, SKIP_E2E } from '../support/private-host.ts';
import { openPrivatePodman, type PrivatePodman } from '../support/private-podman.ts';

const POD = { namespace: 'default', name: 'p', uid: 'u' };
const NETNS = 'reflet-node-service-test';

describe.skipIf(SKIP_E2E)('people in containers', () => {
  let host: PrivatePodman;
  let runtime: RuntimeExec;
  let execRoot: string;
  const dialer = createNamespaceDialer();
  let service: NodeService;
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    host = await openPrivatePodman();
    await run('ip', ['netns', 'del', NETNS]);
    for (const line of [`netns add ${NETNS}`, `-n ${NETNS} link set lo up`])
      expect(await run('ip', line.split(' '))).toMatchObject({ exitCode: 0 });
    const netns = { netns: { nsmode: 'path', value: `/run/netns/${NETNS}` } };
    ids['sleeper'] = await host.startContainer('sleeper', ['sleep', '1000'], netns);
    ids['echo'] = await host.startContainer('echo', ['nc', '-ll', '-p', '7000', '127.0.0.1', '-e', 'cat'], netns);
    ids['shell'] = await host.startContainer('shell', ['sh'], { stdin: true, terminal: true });
    const runtimePath = host.service.info.host.ociRuntime.path;
    execRoot = join(host.directory, 'exec');
    await mkdir(join(execRoot, 'exec-of-a-killed-agent'), { recursive: true });
    runtime = await openRuntimeExec({ runtimePath, root: execRoot, clock: systemClock });
    service = createNodeService({
      stats: { usage: () => ({ pods: [] }), answer: async () => undefined },
      pod: () => ({
        ip: '192.0.2.10',
        netnsPath: `/run/netns/${NETNS}`,
        container: (name) =>
          ids[name] ? { id: ids[name], running: true, restartCount: 0, keepsInput: name === 'many' } : undefined,
      }),
      onEnd: (id, listener) => {
        let told = false;
        void watch(id, () => told).then((hasEnded) => hasEnded && listener());
        return () => {
          told = true;
        };
      },
      logRoot: host.directory,
      podman: host.service.http,
      runtime,
      dialer,
      clock: systemClock,
    });
  });
  afterAll(async () => {
    dialer.close();
    await host?.close();
    await run('ip', ['netns', 'del', NETNS]);
  });

  const isRunning = async (id: string): Promise<boolean> => {
    const { State } = await host.service.http.call<{ State: { Running: boolean } }>('GET', `/containers/${id}/json`);
    return State.Running;
  };

  /** Until it has ended; false when nobody wants to know any more. */
  const watch = async (id: string, isOver: () => boolean): Promise<boolean> => {
    while (!isOver()) {
      if (!(await isRunning(id).catch(() => false))) return !isOver();
      await delay(50);
    }
    return false;
  };

  const sink = () => {
    const stream = new PassThrough();
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    return { stream, bytes: () => Buffer.concat(chunks), text: () => Buffer.concat(chunks).toString() };
  };

  /** With these arguments in its command line, each behind a NUL. */
  const processesWith = async (text: string): Promise<number> => {
    let count = 0;
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (`\0${line}`.includes(text)) count++;
    }
    return count;
  };

  async function typed(session: Session, stdin: PassThrough, keys: readonly string[]): Promise<number> {
    for (const key of keys) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      stdin.write(key);
    }
    return session.exit;
  }

  it('exec: both streams apart, and the exact exit code', async () => {
    const [stdout, stderr] = [sink(), sink()];
    const session = await service.exec(POD, {
      container: 'sleeper',
      command: ['sh', '-c', 'echo out; echo err >&2; exit 42'],
      tty: false,
      stdout: stdout.stream,
      stderr: stderr.stream,
    });
    expect(await session.exit).toBe(42);
    expect([stdout.text(), stderr.text()]).toEqual(['out\n', 'err\n']);
  });

  it('exec: megabytes through standard input and back, byte for byte', async () => {
    const stdout = sink();
    const stdin = new PassThrough();
    const session = await service.exec(POD, {
      container: 'sleeper',
      command: ['cat'],
      tty: false,
      stdin,
      stdout: stdout.stream,
    });
    const sent = Buffer.alloc(8 << 20, 'reflet\0\xff\n', 'latin1');
    stdin.end(sent);
    expect(await session.exit).toBe(0);
    expect(stdout.bytes().equals(sent)).toBe(true);
  });

  it('exec: a program that is not there is 127 with the reason alone', async () => {
    const stderr = sink();
    const options = { container: 'sleeper', command: ['nope'], tty: false, stderr: stderr.stream };
    expect(await (await service.exec(POD, options)).exit).toBe(127);
    expect(stderr.text()).toMatch(/^exec failed: .*"nope": executable file not found in \$PATH\n$/);
    const result = await runtime.run(ids['sleeper']!, { command: ['/etc'], timeoutMs: 5000 });
    expect(result).toMatchObject({ exitCode: 126, problem: expect.stringContaining('permission denied') });
    expect(await runtime.run(ids['sleeper']!, { command: ['sh', '-c', 'exit 255'], timeoutMs: 5000 })).toEqual({
      exitCode: 255,
      output: '',
      timedOut: false,
    });
  });

  it('exec: a command beyond its time is killed inside the container too', async () => {
    const result = await runtime.run(ids['sleeper']!, { command: ['sleep', '31337'], timeoutMs: 500 });
    expect(result).toMatchObject({ exitCode: 124, timedOut: true });
    await eventually(async () => (await processesWith('\0sleep\x0031337\0')) === 0);
  });

  it('exec: a client that goes away takes its command with it', async () => {
    const session = await service.exec(POD, { container: 'sleeper', command: ['sleep', '31338'], tty: false });
    await eventually(async () => (await processesWith('\0sleep\x0031338\0')) > 0);
    session.close();
    await session.exit;
    await eventually(async () => (await processesWith('\0sleep\x0031338\0')) === 0);
  });

  it('exec: what a client sent before it went away is still read', async () => {
    const stdin = new PassThrough();
    const command = ['sh', '-c', 'sleep 1; cat > /tmp/copied; echo done >> /tmp/copied'];
    const session = await service.exec(POD, {
      container: 'sleeper',
      command,
      tty: false,
      stdin,
      stdout: sink().stream,
    });
    stdin.end('all of it\n');
    session.close();
    expect(await session.exit).toBe(0);
    const { output } = await runtime.run(ids['sleeper']!, { command: ['cat', '/tmp/copied'], timeoutMs: 10_000 });
    expect(output).toBe('all of it\ndone\n');
  });

  it('exec: leaves neither files nor processes behind', async () => {
    await Promise.all(
      Array.from({ length: 20 }, () => runtime.run(ids['sleeper']!, { command: ['true'], timeoutMs: 10_000 })),
    );
    expect(await readdir(execRoot)).toEqual([]);
    expect(await processesWith(`\0exec\0--pid-file\0${execRoot}`)).toBe(0);
  });

  it('a terminal has the size it is given and swallows no key', async () => {
    const stdout = sink();
    const stdin = new PassThrough();
    const command = [
      'sh',
      '-c',
      'stty raw -echo; sleep 0.5; stty size; dd bs=1 count=2 2>/dev/null | od -An -tx1; exit 9',
    ];
    const session = await service.exec(POD, { container: 'sleeper', command, tty: true, stdin, stdout: stdout.stream });
    session.resize({ width: 123, height: 45 });
    await eventually(async () => stdout.text().includes('45 123'));
    expect(await typed(session, stdin, ['\x10', '\x11'])).toBe(9);
    expect(stdout.text()).toContain(' 10 11');
  });

  it('attach: types into the container’s own terminal', async () => {
    const stdout = sink();
    const stdin = new PassThrough();
    const session = await service.attach(POD, { container: 'shell', tty: true, stdin, stdout: stdout.stream });
    await typed({ ...session, exit: Promise.resolve(0) }, stdin, ['echo a$((20+3))b\n']);
    await eventually(async () => stdout.text().includes('a23b'));
    session.close();
  });

  it('attach: the input of a container stays open for the next client, unless it is for one only', async () => {
    const command = ['sh', '-c', 'while read -r line; do echo "got $line"; done; echo closed; sleep 1000'];
    for (const name of ['many', 'once']) ids[name] = await host.startContainer(name, command, { stdin: true });
    const say = async (container: string, line: string) => {
      const stdout = sink();
      const stdin = new PassThrough();
      const session = await service.attach(POD, { container, tty: false, stdin, stdout: stdout.stream });
      stdin.write(`${line}\n`);
      await eventually(async () => stdout.text().includes(`got ${line}`));
      stdin.end();
      return { session, stdout };
    };
    expect(await (await say('many', 'one')).session.exit).toBe(0);
    const second = await say('many', 'two');
    await second.session.exit;
    expect(second.stdout.text()).not.toContain('closed');
    const { session, stdout } = await say('once', 'one');
    await eventually(async () => stdout.text().includes('closed'));
    session.close();
  }, 30_000);

  it('attach: comes to an end whenever the container does', async () => {
    const sessions = Array.from({ length: 16 }, async (_, index) => {
      const name = `short-${index}`;
      ids[name] = await host.startContainer(name, ['sh', '-c', `sleep 0.${index % 4}; exit 3`]);
      await new Promise((resolve) => setTimeout(resolve, index * 20));
      const session = await service.attach(POD, { container: name, tty: false, stdout: sink().stream });
      return session.exit;
    });
    for (const outcome of await Promise.allSettled(sessions))
      if (outcome.status === 'rejected')
        expect(String(outcome.reason)).toMatch(/has ended|can only attach to created or running/);
  });

  it('port-forward: reaches what listens on the pod’s loopback only, with half-open connections, to the last byte', async () => {
    const sent = Buffer.alloc(3 << 20, 'forward');
    /** Answered once: what listens has room for two that it has not taken yet, so each is taken before the next comes. */
    const open = async () => {
      const connection = await service.portForward(POD, 7000);
      const received: Buffer[] = [];
      connection.on('data', (chunk: Buffer) => received.push(chunk));
      connection.write(sent.subarray(0, 1));
      await once(connection, 'data');
      return { connection, received };
    };
    const opened: Awaited<ReturnType<typeof open>>[] = [];
    for (let count = 0; count < 10; count++) opened.push(await open());
    const whole = await Promise.all(
      opened.map(async ({ connection, received }) => {
        connection.end(sent.subarray(1));
        await once(connection, 'end');
        return Buffer.concat(received).equals(sent);
      }),
    );
    expect(whole).toEqual(whole.map(() => true));
  });

  it('port-forward: says that nothing listens', async () => {
    await expect(service.portForward(POD, 7001)).rejects.toThrow(
      'failed to connect to localhost:7001 inside namespace: dial tcp 127.0.0.1:7001: connect: connection refused',
    );
  });
});

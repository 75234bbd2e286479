/**
 * A whole `reflet up` for end-to-end tests: a process of its own with a data directory of its own on this host, and the clients that people use.
 */

import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunResult, run, start } from '../../daemon/base/process.ts';

export { SKIP_E2E } from './private-host.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const REFLET = join(ROOT, 'daemon', 'bin', 'reflet.mjs');
const READY_MS_MAX = 150_000;

export interface RefletHost {
  readonly dataDir: string;
  readonly port: number;
  /** All that the daemon printed so far. */
  output(): string;
  pid(): number;
  kubectl(...args: string[]): Promise<RunResult>;
  /** Rejects when kubectl fails; resolves with its output. */
  must(...args: string[]): Promise<string>;
  kubectlWithInput(input: string, ...args: string[]): Promise<RunResult>;
  reflet(...args: string[]): Promise<RunResult>;
  clone(name?: string): Promise<Clone>;
  /** SIGKILL, and start again on the same data. */
  crash(): Promise<void>;
  startAgain(): Promise<void>;
  /** Ends it and removes everything that it made. */
  close(): Promise<void>;
}

export interface Clone {
  readonly folder: string;
  git(...args: string[]): Promise<RunResult>;
  push(...options: string[]): Promise<RunResult>;
  /** `reflet`, run in it. */
  reflet(...args: string[]): Promise<RunResult>;
}

const AUTHOR = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
};

/** Until `read` gives something: not undefined, false or the empty text of what is not there yet. Errors count as nothing, until the time is over. */
export async function waitFor<T>(
  what: string,
  read: () => Promise<T | undefined | false>,
  timeoutMs = 100_000,
  everyMs = 100,
): Promise<T> {
  const until = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await read();
      if (value !== undefined && value !== false && value !== '') return value as T;
    } catch (error) {
      last = error;
    }
    if (performance.now() > until) throw new Error(`waited ${timeoutMs} ms for ${what}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

async function spawnUp(
  dataDir: string,
  port: number,
  args: readonly string[],
): Promise<{ child: ChildProcess; output: () => string }> {
  const child = start(process.execPath, [REFLET, 'up', '--data-dir', dataDir, '--port', String(port), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const collect = (chunk: Buffer) => {
    text += chunk.toString();
  };
  child.stdout!.on('data', collect);
  child.stderr!.on('data', collect);
  const isReady = async () => child.exitCode !== null || text.includes('reflet: ready');
  await waitFor('`reflet: ready`', isReady, READY_MS_MAX).catch((error: Error) => {
    child.kill('SIGKILL');
    throw new Error(`${error.message}\n${text}`, { cause: error });
  });
  if (child.exitCode !== null) throw new Error(`reflet up ended with ${child.exitCode}:\n${text}`);
  return { child, output: () => text };
}

export interface HostOptions {
  port: number;
  args?: readonly string[];
  /** Before the first start: files below the data directory. */
  prepare?(dataDir: string): Promise<void>;
}

export async function startReflet(options: HostOptions): Promise<RefletHost> {
  const dataDir = await mkdtemp(join(tmpdir(), 'reflet-e2e-'));
  await options.prepare?.(dataDir);
  const { port, args = [] } = options;
  const environment = { KUBECONFIG: join(dataDir, 'admin.kubeconfig'), HOME: dataDir };
  let running = await spawnUp(dataDir, port, args).catch(async (error: unknown) => {
    await run(process.execPath, [REFLET, 'down', '--data-dir', dataDir]);
    throw error;
  });
  const kill = async (signal: NodeJS.Signals) => {
    const { child } = running;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  };
  const kubectl = (...list: string[]) => run('kubectl', list, { env: environment, timeoutMs: 120_000 });
  const reflet = (command = '--help', ...list: string[]) =>
    run(process.execPath, [REFLET, command, ...list, '--data-dir', dataDir], { timeoutMs: 120_000 });
  const host: RefletHost = {
    dataDir,
    port,
    output: () => running.output(),
    pid: () => running.child.pid ?? 0,
    kubectl,
    async must(...list) {
      const { exitCode, stdout, stderr } = await kubectl(...list);
      if (exitCode !== 0) throw new Error(`kubectl ${list.join(' ')}: ${stderr || stdout}`);
      return stdout;
    },
    kubectlWithInput: (input, ...list) => run('kubectl', list, { env: environment, input, timeoutMs: 120_000 }),
    reflet,
    async clone(name = 'clone') {
      const folder = join(dataDir, name);
      const git = (...list: string[]) => run('git', list, { cwd: folder, env: AUTHOR, timeoutMs: 180_000 });
      const cloned = await run('git', ['clone', '--quiet', join(dataDir, 'desired.git'), folder], { env: AUTHOR });
      if (cloned.exitCode !== 0) throw new Error(cloned.stderr);
      return {
        folder,
        git,
        push: (...list) => git('push', ...list, 'origin', 'HEAD:main'),
        reflet: (command = '--help', ...list) =>
          run(process.execPath, [REFLET, command, ...list, '--data-dir', dataDir], { cwd: folder, timeoutMs: 120_000 }),
      };
    },
    crash: () => kill('SIGKILL'),
    async startAgain() {
      running = await spawnUp(dataDir, port, args);
    },
    async close() {
      await kill('SIGTERM');
      const { exitCode, stdout, stderr } = await reflet('down');
      if (exitCode !== 0) throw new Error(`reflet down: ${stdout}${stderr}`);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return host;
}

/** The body of an HTTP GET, or undefined when there is no good answer. */
export async function fetchText(url: string, init: RequestInit = {}, timeoutMs = 15_000): Promise<string | undefined> {
  try {
    const response = await fetch(url, {
      ...init,
      signal: AbortSignal.timeout(timeoutMs),
      headers: { connection: 'close', ...init.headers },
    });
    return response.ok ? await response.text() : undefined;
  } catch {
    return undefined;
  }
}

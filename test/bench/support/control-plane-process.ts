/**
 * Starts `serve.ts` in a private directory and speaks for it: its port, its credentials, its processor time and memory, and its end, gentle or not.
 */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { start } from '../../../daemon/base/process.ts';

export interface ControlPlaneProcess {
  readonly pid: number;
  readonly port: number;
  readonly dataDir: string;
  readonly kubeconfig: string;
  readonly credentials: Credentials;
  /** When each step of starting began, and when it served, in milliseconds since the process began. */
  readonly steps: readonly { text: string; atMs: number }[];
  readonly readyMs: number;
  /** What it has logged at `warn` and above. */
  logged(): string;
  /** How long its event loop was held at most since the last call (or its start), in milliseconds. */
  heldMsMax(): Promise<number>;
  /** Resolves when all is done that it puts off until after its start: none of it belongs to what is measured then. */
  warm(): Promise<void>;
  stop(): Promise<void>;
  /** `kill -9`. */
  kill(): Promise<void>;
}

/** PEM. */
export interface Credentials {
  certificateAuthority: string;
  certificate: string;
  key: string;
}

const START_MS_MAX = 150_000;
const WARM_LOOK_MS = 500;

export async function startControlPlaneProcess(
  dataDir: string,
  options: { repository?: string; nodeArguments?: readonly string[] } = {},
): Promise<ControlPlaneProcess> {
  const program = fileURLToPath(new URL('./serve.ts', import.meta.url));
  const args = [...(options.nodeArguments ?? []), program, dataDir, '0'];
  const child = start(process.execPath, options.repository ? [...args, options.repository] : args, { stdio: 'pipe' });
  let log = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString('utf8')).slice(-100_000);
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ready = await firstLine(child, () => log);
  const kubeconfig = join(dataDir, 'admin.kubeconfig');
  return {
    ...(JSON.parse(ready) as Pick<ControlPlaneProcess, 'port' | 'steps' | 'readyMs'>),
    pid: child.pid!,
    dataDir,
    kubeconfig,
    credentials: await readCredentials(kubeconfig),
    logged: () => log,
    heldMsMax: async () => (await ask(child)).heldMsMax,
    async warm() {
      while (!(await ask(child)).isWarm) await delay(WARM_LOOK_MS);
    },
    async stop() {
      child.stdin!.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(timer);
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function ask(child: ChildProcess): Promise<{ heldMsMax: number; isWarm: boolean }> {
  const answer = once(child.stdout!, 'data') as Promise<[Buffer]>;
  child.stdin!.write('\n');
  return JSON.parse((await answer)[0].toString('utf8')) as { heldMsMax: number; isWarm: boolean };
}

/** The first line of its output; rejects with what it logged when it ends or takes too long. */
function firstLine(child: ChildProcess, log: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the control plane did not serve within ${START_MS_MAX} ms: ${log()}`));
    }, START_MS_MAX);
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (!text.includes('\n')) return;
      clearTimeout(timer);
      resolve(text.slice(0, text.indexOf('\n')));
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      reject(new Error(`the control plane ended with ${code}: ${log()}`));
    });
  });
}

async function readCredentials(kubeconfig: string): Promise<Credentials> {
  const { clusters, users } = parse(await readFile(kubeconfig, 'utf8')) as {
    clusters: { cluster: Record<string, string> }[];
    users: { user: Record<string, string> }[];
  };
  const decode = (text = '') => Buffer.from(text, 'base64').toString('utf8');
  return {
    certificateAuthority: decode(clusters[0]?.cluster['certificate-authority-data']),
    certificate: decode(users[0]?.user['client-certificate-data']),
    key: decode(users[0]?.user['client-key-data']),
  };
}

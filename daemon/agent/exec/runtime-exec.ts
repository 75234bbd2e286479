/**
 * Runs a command in a container through the OCI runtime itself (`runc exec`, `crun exec`): for probes, hooks, and people without a terminal.
 * A third of the time of podman's REST exec, and nothing is left behind: a command that runs too long is killed by its own pid.
 */

import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { start } from '../../base/process.ts';

export interface RuntimeExecOptions {
  command: readonly string[];
  timeoutMs: number;
  /** Output beyond this is dropped; the kubelet keeps 10 KiB of a probe's. */
  outputBytesMax?: number;
}

export interface RuntimeExecResult {
  /** 124 when it was killed for its time-out. */
  exitCode: number;
  /** Both streams as they came. */
  output: string;
  timedOut: boolean;
}

export interface RuntimeExec {
  run(containerId: string, options: RuntimeExecOptions): Promise<RuntimeExecResult>;
  /** A process with piped stdio whose life the caller owns; `kill` ends what runs inside the container too. */
  spawn(containerId: string, command: readonly string[]): Promise<{ child: ChildProcess; kill(): Promise<void> }>;
}

const OUTPUT_BYTES_MAX = 10 * 1024;
const TIMED_OUT = 124;

/** `runtimePath` and the directory where it keeps its state come from podman (`info`). */
export function createRuntimeExec(runtimePath: string, clock: Clock): RuntimeExec {
  const spawn: RuntimeExec['spawn'] = async (containerId, command) => {
    const directory = await mkdtemp(join(tmpdir(), 'reflet-exec-'));
    const pidFile = join(directory, 'pid');
    const child = start(runtimePath, ['exec', '--pid-file', pidFile, containerId, ...command], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin?.on('error', () => {}); // it ended before it read everything
    child.once('close', () => void rm(directory, { recursive: true, force: true }));
    return {
      child,
      async kill() {
        const pid = Number(await readFile(pidFile, 'utf8').catch(() => '0'));
        if (pid > 0) killQuietly(pid);
        child.kill('SIGKILL');
      },
    };
  };
  return {
    spawn,
    async run(containerId, { command, timeoutMs, outputBytesMax = OUTPUT_BYTES_MAX }) {
      const { child, kill } = await spawn(containerId, command);
      child.stdin?.end();
      const chunks: Buffer[] = [];
      let bytes = 0;
      const collect = (chunk: Buffer) => {
        if (bytes < outputBytesMax) chunks.push(chunk.subarray(0, outputBytesMax - bytes));
        bytes += chunk.length;
      };
      child.stdout?.on('data', collect);
      child.stderr?.on('data', collect);
      let timedOut = false;
      const cancel = clock.after(timeoutMs, () => {
        timedOut = true;
        void kill();
      });
      const exitCode = await exitOf(child);
      cancel();
      return { exitCode: timedOut ? TIMED_OUT : exitCode, output: Buffer.concat(chunks).toString('utf8'), timedOut };
    },
  };
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}

/** Of a child process; a signal counts as 128 + its number, as shells count it. */
export function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(127));
    child.once('close', (code) => resolve(code ?? 137));
  });
}

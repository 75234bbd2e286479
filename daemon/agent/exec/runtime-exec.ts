/**
 * Runs a command in a container through the OCI runtime itself (`runc exec`, `crun exec`): for probes, hooks, and people without a terminal.
 * A third of the time of podman's REST exec, and nothing is left behind: a command that runs too long is killed by its own pid.
 */

import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
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
  /** 124 when it was killed for its time-out, 126 or 127 when it could not be started. */
  exitCode: number;
  /** Both streams as they came. */
  output: string;
  timedOut: boolean;
  /** Why the command never ran: no such program, no such container. */
  problem?: string;
}

/** How a command ended. */
export interface Ending {
  exitCode: number;
  problem?: string;
}

export interface RuntimeProcess {
  child: ChildProcess;
  /** Resolves when it has ended and all its output was read. */
  ended: Promise<Ending>;
  /** Ends what runs inside the container too. */
  kill(): Promise<void>;
}

export interface RuntimeExec {
  run(containerId: string, options: RuntimeExecOptions): Promise<RuntimeExecResult>;
  /** A process with piped stdio whose life the caller owns. */
  spawn(containerId: string, command: readonly string[]): Promise<RuntimeProcess>;
}

const OUTPUT_BYTES_MAX = 10 * 1024;
const TIMED_OUT = 124;
/** As shells count them. */
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;
const KILLED = 137;

export interface RuntimeExecSettings {
  /** From podman (`info`); the runtime keeps its state where it does for podman. */
  runtimePath: string;
  /** For the files of a command while it runs, and nothing else: what a killed agent left there is removed. */
  root: string;
  clock: Clock;
}

export async function openRuntimeExec({ runtimePath, root, clock }: RuntimeExecSettings): Promise<RuntimeExec> {
  await rm(root, { recursive: true, force: true });
  await mkdir(root, { recursive: true, mode: 0o700 });
  const spawn: RuntimeExec['spawn'] = async (containerId, command) => {
    const directory = await mkdtemp(join(root, 'exec-'));
    const pidFile = join(directory, 'pid');
    const logFile = join(directory, 'log');
    // With a log file of its own the runtime's words on standard error are the error alone, without time and level.
    const args = ['--log', logFile, 'exec', '--pid-file', pidFile, containerId, ...command];
    const child = start(runtimePath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin?.on('error', () => {}); // it ended before it read everything
    const ended = exitOf(child).then(async (exitCode) => {
      const ending = await explain(exitCode, pidFile, logFile);
      await rm(directory, { recursive: true, force: true });
      return ending;
    });
    return { child, ended, kill: () => killInside(child, pidFile) };
  };
  return {
    spawn,
    async run(containerId, { command, timeoutMs, outputBytesMax = OUTPUT_BYTES_MAX }) {
      const { child, ended, kill } = await spawn(containerId, command);
      child.stdin?.end();
      const output = collect(child, outputBytesMax);
      let timedOut = false;
      const cancel = clock.after(timeoutMs, () => {
        timedOut = true;
        void kill();
      });
      const { exitCode, problem } = await ended;
      cancel();
      if (timedOut) return { exitCode: TIMED_OUT, output: output(), timedOut };
      return { exitCode, output: output(), timedOut, ...(problem === undefined ? {} : { problem }) };
    },
  };
}

/** Keeps the first `bytesMax` bytes of both streams. */
function collect(child: ChildProcess, bytesMax: number): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const keep = (chunk: Buffer) => {
    if (bytes < bytesMax) chunks.push(chunk.subarray(0, bytesMax - bytes));
    bytes += chunk.length;
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => Buffer.concat(chunks).toString('utf8');
}

/** The runtime writes the pid once the command runs: without it, it never did, and the runtime's log says why. */
async function explain(exitCode: number, pidFile: string, logFile: string): Promise<Ending> {
  if (exitCode === 0 || exitCode === KILLED) return { exitCode };
  if ((await readFile(pidFile, 'utf8').catch(() => '')) !== '') return { exitCode };
  const log = await readFile(logFile, 'utf8').catch(() => '');
  const problem = readLastError(log) || `the OCI runtime ended with code ${exitCode}`;
  const code = /not found|no such file/i.test(problem) ? NOT_FOUND : NOT_EXECUTABLE;
  return { exitCode: code, problem: `OCI runtime exec failed: ${problem}: unknown` };
}

/** The message of the last error in a log of either format: `time="…" level=error msg="…"`, or JSON. */
function readLastError(log: string): string {
  const line = log.trim().split('\n').at(-1) ?? '';
  const quoted = /\bmsg=("(?:[^"\\]|\\.)*")/.exec(line)?.[1] ?? /"msg":\s*("(?:[^"\\]|\\.)*")/.exec(line)?.[1];
  if (quoted === undefined) return line.trim();
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted.slice(1, -1);
  }
}

async function killInside(child: ChildProcess, pidFile: string): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const named = Number(await readFile(pidFile, 'utf8').catch(() => '0'));
  // What the runtime is still preparing has no pid file yet, but is its child already.
  // A number that meanwhile belongs to another process is not the runtime's child.
  for (const pid of new Set([named, ...(await childrenOf(child.pid))]))
    if (pid > 1 && (await parentOf(pid)) === child.pid) killQuietly(pid);
  child.kill('SIGKILL');
}

/** Each thread's children are listed apart. */
async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => ''));
  return (await Promise.all(lists)).flatMap((text) => text.split(' ').map(Number));
}

/** The fourth field of `/proc/PID/stat`; the second may hold anything, in parentheses. */
async function parentOf(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
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
    child.once('error', () => resolve(NOT_FOUND));
    child.once('close', (code) => resolve(code ?? KILLED));
  });
}

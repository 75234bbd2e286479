/**
 * The only file that starts processes. Children get exactly the environment they are given, never this process's secrets.
 */

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { execa } from 'execa';

export interface RunOptions {
  input?: string | Uint8Array;
  cwd?: string;
  /** Added to a minimal environment (PATH, HOME, LC_ALL=C). */
  env?: Record<string, string>;
  /** After this the child is killed. */
  timeoutMs?: number;
  /** More output than this kills the child. */
  maxBufferBytes?: number;
  signal?: AbortSignal;
}

export interface RunResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

const DEFAULT_TIMEOUT_MS = 60_000; // longer than any single git, iptables or ip call on a busy host
const DEFAULT_MAX_BUFFER_BYTES = 256 << 20; // an iptables-save of 20,000 services is about 40 MiB

export function minimalEnvironment(extra: Record<string, string> = {}): Record<string, string> {
  const { PATH, HOME } = process.env;
  return { PATH: PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin', HOME: HOME ?? '/root', LC_ALL: 'C', ...extra };
}

/** Runs a program to its end. Never throws for a non-zero exit: the caller decides what that means. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const result = await execa(program, args, {
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    cwd: options.cwd,
    env: minimalEnvironment(options.env),
    extendEnv: false,
    timeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    maxBuffer: options.maxBufferBytes ?? DEFAULT_MAX_BUFFER_BYTES,
    cancelSignal: options.signal,
    reject: false,
    stripFinalNewline: false,
  });
  if (result.exitCode === undefined) {
    const why = result.timedOut
      ? `timed out after ${options.timeoutMs ?? DEFAULT_TIMEOUT_MS} ms`
      : (result.originalMessage ?? 'was killed');
    return { exitCode: 127, stdout: String(result.stdout ?? ''), stderr: `${program}: ${why}` };
  }
  return { exitCode: result.exitCode, stdout: String(result.stdout), stderr: String(result.stderr) };
}

/** {@link run} for a program whose output is no text. */
export async function runBinary(
  program: string,
  args: readonly string[],
  input: string,
): Promise<{ exitCode: number; stdout: Uint8Array; stderr: string }> {
  const result = await execa(program, args, {
    input,
    env: minimalEnvironment(),
    extendEnv: false,
    timeout: DEFAULT_TIMEOUT_MS,
    maxBuffer: DEFAULT_MAX_BUFFER_BYTES,
    encoding: 'buffer',
    reject: false,
    // The last byte of a pack is a newline once in 256 times.
    stripFinalNewline: false,
  });
  const stderr = Buffer.from(result.stderr).toString('utf8');
  return { exitCode: result.exitCode ?? 127, stdout: result.stdout, stderr };
}

/** Starts a long-lived child with piped stdio; the caller owns its life. */
export function start(program: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  return spawn(program, args, { ...options, env: options.env ?? minimalEnvironment() });
}

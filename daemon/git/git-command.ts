/**
 * Runs git, with fixed arguments and an environment in which nothing of the host, the user or the repository's content can start another program.
 * Hooks are off for everything that is run from here. Only this file and `object-reader.ts` and `http-backend.ts` start git.
 */

import { minimalEnvironment, start } from '../base/process.ts';
import { DIFF_BYTES_MAX, GIT_MS_MAX } from './limits.ts';

/** Where a repository is; `workTree` is set when it has one (a `--repo` of the host). */
export interface RepositoryPlace {
  readonly gitDir: string;
  readonly workTree?: string;
}

export class GitError extends Error {
  override readonly name: string = 'GitError';
  readonly exitCode: number;
  readonly stderr: string;

  constructor(args: readonly string[], exitCode: number, stderr: string) {
    super(`git ${args[0] ?? ''}: ${stderr.trim().split('\n').at(-1) || `exit code ${exitCode}`}`);
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

/** More than was allowed: the caller may know what that means. */
export class GitOutputTooLarge extends GitError {
  override readonly name = 'GitOutputTooLarge';
}

/** Settings for every git that the daemon itself runs; they win over the repository's own. */
const OWN_SETTINGS: Readonly<Record<string, string>> = {
  'safe.directory': '*', // a --repo may belong to another user of this host than the daemon
  'core.attributesFile': '/dev/null',
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'core.fsync': 'committed,reference',
  'protocol.allow': 'never',
  'gc.auto': '0',
};

/** `GIT_CONFIG_*` for settings given by environment (command scope). */
export function settingsAsEnvironment(settings: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(settings);
  const environment: Record<string, string> = { GIT_CONFIG_COUNT: String(entries.length) };
  for (const [position, [name, value]] of entries.entries()) {
    environment[`GIT_CONFIG_KEY_${position}`] = name;
    environment[`GIT_CONFIG_VALUE_${position}`] = value;
  }
  return environment;
}

/** No file of the host or of a user configures git. */
export const ISOLATION: Readonly<Record<string, string>> = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
};

export function gitEnvironment(
  extra: Readonly<Record<string, string>> = {},
  settings: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return minimalEnvironment({ ...ISOLATION, ...settingsAsEnvironment({ ...OWN_SETTINGS, ...settings }), ...extra });
}

export interface GitOptions {
  input?: string | Uint8Array;
  /** Where a quarantined push's objects are (`GIT_OBJECT_DIRECTORY`, …). */
  objects?: Readonly<Record<string, string>>;
  /** Beside the daemon's own, before which they win. In the environment: they may hold what no command line may show. */
  settings?: Readonly<Record<string, string>>;
  /** No file that git writes may become larger: a pack from somewhere else. */
  fileBytesMax?: number;
  timeoutMs?: number;
  outputBytesMax?: number;
  /** Exit codes that are answers, besides 0. */
  accept?: readonly number[];
  cwd?: string;
}

export interface GitOutput {
  exitCode: number;
  stdout: Buffer;
  stderr: string;
}

/** Runs `git --git-dir=… <args>` to its end. Throws {@link GitError} for an exit code that is not accepted, too much output, or a time-out. */
export function runGit(place: RepositoryPlace, args: readonly string[], options: GitOptions = {}): Promise<GitOutput> {
  const outputBytesMax = options.outputBytesMax ?? DIFF_BYTES_MAX;
  const command = ['git', `--git-dir=${place.gitDir}`, '--literal-pathspecs', ...args];
  const [program = '', ...words] =
    options.fileBytesMax === undefined ? command : ['prlimit', `--fsize=${options.fileBytesMax}`, ...command];
  const child = start(program, words, {
    cwd: options.cwd ?? '/',
    env: gitEnvironment(options.objects, options.settings),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = [];
    let stdoutBytes = 0;
    let stderr = '';
    let broken: string | undefined;
    let tooLarge = false;
    const kill = (why: string) => {
      broken ??= why;
      child.kill('SIGKILL');
    };
    const timeoutMs = options.timeoutMs ?? GIT_MS_MAX;
    const timer = setTimeout(() => kill(`took longer than ${timeoutMs} ms`), timeoutMs);
    child.stdout!.on('data', (chunk: Buffer) => {
      stdoutBytes += chunk.length;
      tooLarge ||= stdoutBytes > outputBytesMax;
      if (tooLarge) kill(`gave more than ${outputBytesMax} bytes`);
      else stdout.push(chunk);
    });
    child.stderr!.on('data', (chunk: Buffer) => {
      if (stderr.length < 64 * 1024) stderr += chunk.toString('utf8');
    });
    child.on('error', (error) => kill(error.message));
    child.on('close', (code) => {
      clearTimeout(timer);
      const exitCode = code ?? 128;
      const accepted = exitCode === 0 || options.accept?.includes(exitCode);
      if (tooLarge) reject(new GitOutputTooLarge(args, exitCode, broken ?? ''));
      else if (broken || !accepted) reject(new GitError(args, exitCode, broken ?? stderr));
      else resolve({ exitCode, stdout: Buffer.concat(stdout), stderr });
    });
    child.stdin!.on('error', () => {}); // git may end before it has read all; its exit code tells why
    child.stdin!.end(options.input);
  });
}

/** {@link runGit}'s standard output as text, trimmed. */
export async function gitText(place: RepositoryPlace, args: readonly string[], options?: GitOptions): Promise<string> {
  return (await runGit(place, args, options)).stdout.toString('utf8').trim();
}

/**
 * Finds out with which settings podman can start containers on this host: the runtime (crun refuses some hosts, runc others) and the limits
 * (without CAP_SYS_RESOURCE podman's own cannot be set). Nothing is assumed: each candidate starts a container for real.
 */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '../../base/log.ts';
import { run } from '../../base/process.ts';
import { removeUnmounted } from '../volumes/unmount.ts';
import { tinyProgram } from './tiny-program.ts';

export interface Candidate {
  /** Undefined: podman's choice. */
  runtime?: string;
  /** `nofile=1024:1024`; undefined: podman's own. */
  ulimits?: readonly string[];
}

export interface PreflightReport {
  /** What works; undefined when nothing does. */
  candidate: Candidate | undefined;
  /** Why the ones before it do not, in podman's words. */
  problems: readonly string[];
  /** The file for CONTAINERS_CONF; undefined when podman needs none. */
  containersConf: string | undefined;
}

const RUNTIMES = ['crun', 'runc'] as const;
/** A first start sets up podman's storage as well. */
const TRIAL_TIMEOUT_MS = 30_000;

/** This process's own hard limits can always be passed on. `text`: /proc/self/limits. */
export function ownLimits(text: string): string[] {
  const limit = (title: string) => new RegExp(`^${title}\\s+\\S+\\s+(\\S+)`, 'm').exec(text)?.[1];
  const entry = (name: string, value: string | undefined) =>
    value === undefined || value === 'unlimited' ? [] : [`${name}=${value}:${value}`];
  return [...entry('nofile', limit('Max open files')), ...entry('nproc', limit('Max processes'))];
}

/** podman lowers its own limit of processes on some hosts, so that what was passed to it cannot be passed on. */
const PROCESS_LIMITS = [32_768, 1_024];

/** The same limits with no more than `processes`. */
function lowered(ulimits: readonly string[], processes: number): string[] {
  return ulimits.map((limit) => {
    const [name = '', value = ''] = limit.split(/[=:]/);
    return name === 'nproc'
      ? `nproc=${Math.min(Number(value), processes)}:${Math.min(Number(value), processes)}`
      : limit;
  });
}

/** The simplest first: what works without settings needs none. */
export function candidates(ulimits: readonly string[]): Candidate[] {
  const variants =
    ulimits.length > 0 ? [ulimits, ...PROCESS_LIMITS.map((processes) => lowered(ulimits, processes))] : [];
  const limited = variants.map((one) => ({ ulimits: one }));
  return [
    {},
    ...limited,
    ...RUNTIMES.flatMap((runtime) => [{ runtime }, ...limited.map((one) => ({ ...one, runtime }))]),
  ];
}

export function renderContainersConf({ runtime, ulimits }: Candidate): string {
  const engine = runtime ? `[engine]\nruntime = ${JSON.stringify(runtime)}\n` : '';
  const containers = ulimits ? `[containers]\ndefault_ulimits = ${JSON.stringify(ulimits)}\n` : '';
  return `${engine}${containers}`;
}

/** `directory`: the agent's own; the outcome is kept there and tried first the next time. */
export async function preflight(directory: string, log: Logger): Promise<PreflightReport> {
  const confPath = join(directory, 'containers.conf');
  const program = tinyProgram(arch());
  if (!program) return { candidate: {}, problems: ['no trial for this kind of machine'], containersConf: undefined };
  const known = await readFile(confPath, 'utf8').catch(() => undefined);
  if (known !== undefined) return { candidate: {}, problems: [], containersConf: known === '' ? undefined : confPath };
  await mkdir(directory, { recursive: true });
  const ulimits = ownLimits(await readFile('/proc/self/limits', 'utf8').catch(() => ''));
  const problems: string[] = [];
  for (const candidate of candidates(ulimits)) {
    const problem = await tryCandidate(directory, candidate, program);
    if (problem === undefined) {
      const text = renderContainersConf(candidate);
      await writeFile(confPath, text);
      log.info({ candidate, problems }, 'podman starts containers');
      return { candidate, problems, containersConf: text === '' ? undefined : confPath };
    }
    problems.push(`${JSON.stringify(candidate)}: ${problem}`);
  }
  return { candidate: undefined, problems, containersConf: undefined };
}

/** Undefined: a container started. */
async function tryCandidate(directory: string, candidate: Candidate, program: Buffer): Promise<string | undefined> {
  const trial = join(directory, 'preflight');
  const rootfs = join(trial, 'rootfs');
  try {
    await mkdir(rootfs, { recursive: true });
    await writeFile(join(rootfs, 'exit'), program, { mode: 0o755 });
    const conf = join(trial, 'containers.conf');
    await writeFile(conf, renderContainersConf(candidate));
    const storage = ['--root', join(trial, 'root'), '--runroot', join(trial, 'run'), '--tmpdir', join(trial, 'tmp')];
    const options = [
      '--rm',
      '--network=none',
      '--cgroup-parent=/reflet/preflight',
      '--memory=16m',
      '--log-driver=none',
    ];
    const { exitCode, stderr } = await run('podman', [...storage, 'run', ...options, '--rootfs', rootfs, '/exit'], {
      env: { CONTAINERS_CONF: conf },
      timeoutMs: TRIAL_TIMEOUT_MS,
    });
    return exitCode === 0 ? undefined : (stderr.trim().split('\n').at(-1) ?? `exit code ${exitCode}`);
  } finally {
    await removeTrial(trial);
  }
}

const REMOVE_ATTEMPTS_MAX = 50;
const REMOVE_PAUSE_MS = 100;

/** podman cleans up after a container on its own time, and makes its directories anew for that. */
async function removeTrial(trial: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await removeUnmounted(trial);
      return;
    } catch (error) {
      if (attempt === REMOVE_ATTEMPTS_MAX) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, REMOVE_PAUSE_MS));
  }
}

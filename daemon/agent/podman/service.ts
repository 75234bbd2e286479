/**
 * podman's service: the one that answers on the host's socket, or one that the agent starts and keeps running itself.
 */

import type { ChildProcess } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { sleep } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { minimalEnvironment, start } from '../../base/process.ts';
import { createPodmanHttp, type PodmanHttp } from './http.ts';

/** Where a host's podman listens, and where the agent makes one listen. */
export const PODMAN_SOCKET = '/run/podman/podman.sock';

export interface PodmanInfo {
  host: {
    cgroupManager: string;
    cgroupVersion: string;
    kernel: string;
    ociRuntime: { name: string; path: string; version: string };
    security: { capabilities: string; rootless: boolean };
  };
  store: { graphRoot: string; runRoot: string };
  version: { Version: string; APIVersion: string };
}

export interface PodmanServiceOptions {
  /** Where the service listens, or is to listen. */
  socketPath: string;
  /** Arguments before `system service`, for a podman with a storage of its own: `--root`, `--runroot`, `--tmpdir`. */
  podmanArguments?: readonly string[];
  /** The value of CONTAINERS_CONF for a service that is started here. */
  containersConf?: string;
  clock: Clock;
  log: Logger;
}

export interface PodmanService {
  http: PodmanHttp;
  info: PodmanInfo;
  /** Ends the service if it was started here; containers go on. */
  stop(): Promise<void>;
}

/** A service that does not answer a ping within this is taken for stuck. */
const PING_TIMEOUT_MS = 5_000;
const PING_INTERVAL_MS = 5_000;
/** So many silent pings in a row before a service of our own is killed and started anew. */
const SILENT_PINGS_MAX = 2;
const START_TIMEOUT_MS = 30_000;
const START_POLL_MS = 20;

export async function answers(http: PodmanHttp): Promise<boolean> {
  try {
    await http.call('GET', '/_ping', { timeoutMs: PING_TIMEOUT_MS });
    return true;
  } catch {
    return false;
  }
}

/** Resolves when the service answers; rejects when none answers and none can be started. */
export async function openPodmanService(options: PodmanServiceOptions): Promise<PodmanService> {
  const { socketPath, clock, log } = options;
  const http = createPodmanHttp(socketPath);
  const stopped = new AbortController();
  let child: ChildProcess | undefined;
  let ended: Promise<void> = new Promise(() => {});
  const launch = async () => {
    child = await startService(options);
    ended = endOf(child);
    await waitUntilItAnswers(http, child, options);
  };
  if (!(await answers(http))) {
    await launch();
    log.info({ socketPath }, "podman's service was started");
    void supervise();
  }
  const info = await http.call<PodmanInfo>('GET', '/info');
  return {
    http,
    info,
    async stop() {
      stopped.abort();
      http.close();
      if (child) await endChild(child, clock);
    },
  };

  /** Only a service of our own is restarted; the host's belongs to the host. */
  async function supervise(): Promise<void> {
    let silent = 0;
    while (!stopped.signal.aborted) {
      await Promise.race([sleep(clock, PING_INTERVAL_MS, stopped.signal), ended]);
      if (stopped.signal.aborted) return;
      const dead = child === undefined || child.exitCode !== null || child.signalCode !== null;
      silent = dead || (await answers(http)) ? 0 : silent + 1;
      if (!dead && silent < SILENT_PINGS_MAX) continue;
      log.warn({ socketPath }, "podman's service is gone or frozen; starting it anew");
      child?.kill('SIGKILL');
      silent = 0;
      await launch().catch(async (error: unknown) => {
        log.error({ error: String(error) }, "podman's service did not start; will retry");
        await sleep(clock, PING_INTERVAL_MS, stopped.signal);
      });
    }
  }
}

async function startService({
  socketPath,
  podmanArguments = [],
  containersConf,
}: PodmanServiceOptions): Promise<ChildProcess> {
  await mkdir(dirname(socketPath), { recursive: true });
  await rm(socketPath, { force: true });
  const env = minimalEnvironment(containersConf ? { CONTAINERS_CONF: containersConf } : {});
  const child = start('podman', [...podmanArguments, 'system', 'service', '--time=0', `unix://${socketPath}`], {
    stdio: 'ignore',
    env,
    // conmon inherits it, and leaves a file there when a container runs out of memory.
    cwd: dirname(socketPath),
    // A group of its own: the signals of the terminal that stop the agent must not stop the service before it.
    detached: true,
  });
  child.on('error', () => {}); // seen as a service that never answers
  return child;
}

async function waitUntilItAnswers(
  http: PodmanHttp,
  child: ChildProcess,
  { clock, socketPath }: PodmanServiceOptions,
): Promise<void> {
  const deadline = clock.monotonic() + START_TIMEOUT_MS;
  while (!(await answers(http))) {
    if (child.exitCode !== null || child.pid === undefined || clock.monotonic() > deadline)
      throw new Error(
        `podman's service did not start on ${socketPath}: install podman (4.3 or later), or run "podman system service" by hand to see why`,
      );
    await sleep(clock, START_POLL_MS);
  }
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

async function endChild(child: ChildProcess, clock: Clock): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const cancel = clock.after(PING_TIMEOUT_MS, () => child.kill('SIGKILL'));
  await ended;
  cancel();
}

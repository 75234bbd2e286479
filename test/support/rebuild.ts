/** What rebuilds have in common: what must be the same after one, when a checkpoint has it all, and how a data directory is lost. */

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../daemon/base/process.ts';
import type { Deployment, Job, Pod, Secret, Service } from '../../daemon/kinds/types.generated.ts';
import { type RefletHost, waitFor } from './reflet.ts';

export const readAll = async <T>(host: RefletHost, ...args: string[]): Promise<T[]> =>
  (JSON.parse(await host.must('get', ...args, '-A', '-o', 'json')) as { items: T[] }).items;

/** Uids, addresses, nodes, containers, scales, and how Jobs ended. */
export async function snapshotOf(host: RefletHost) {
  const [pods, services, secrets, deployments, jobs] = await Promise.all([
    readAll<Pod>(host, 'pods'),
    readAll<Service>(host, 'services'),
    readAll<Secret>(host, 'secrets'),
    readAll<Deployment>(host, 'deployments'),
    readAll<Job>(host, 'jobs'),
  ]);
  return {
    pods: pods.map(({ metadata, spec, status }) => ({
      uid: metadata?.uid,
      name: metadata?.name,
      node: spec?.nodeName,
      ip: status?.podIP,
      containers: status?.containerStatuses?.map(({ containerID, restartCount }) => [containerID, restartCount]),
    })),
    services: services.map(({ metadata, spec }) => [metadata?.uid, spec?.clusterIP, spec?.ports]),
    secrets: secrets.map(({ metadata, data }) =>
      JSON.stringify([metadata, data]).replace(/"resourceVersion":"\d+",?/, ''),
    ),
    deployments: deployments.map(({ metadata, spec }) => [metadata?.name, metadata?.uid, spec?.replicas]),
    jobs: jobs.map(({ metadata, status }) => [metadata?.name, metadata?.uid, status]),
  };
}

/**
 * Resolves when the checkpoint in this repository has everything that is shown now, and all of it is to stay: a pod that a rollout has stopped ends
 * within its grace, whatever else happens.
 */
export async function checkpointed(host: RefletHost, gitDir: string, timeoutMs?: number): Promise<void> {
  const areSettled = async () =>
    (await readAll<Pod>(host, 'pods')).every(({ metadata }) => metadata?.deletionTimestamp === undefined);
  await waitFor('stopped pods to be gone', areSettled);
  const items = await readAll<Pod>(host, 'pods,services,secrets,deployments,replicasets,jobs,endpointslices');
  const newest = Math.max(...items.map(({ metadata }) => Number(metadata?.resourceVersion)));
  const read = async () => {
    const { stdout } = await run('git', [`--git-dir=${gitDir}`, 'log', '-1', '--format=%s', 'refs/reflet/state']);
    return Number(/revision (\d+)$/.exec(stdout.trim())?.[1]) >= newest;
  };
  await waitFor('the checkpoint', read, timeoutMs);
}

/** Everything goes but what is named. */
export async function loseData({ dataDir }: RefletHost, kept: readonly string[]): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (kept.includes(name)) continue;
    const path = join(dataDir, name);
    // Secret volumes are mounts that containers hold.
    await run('rm', ['-rf', '--one-file-system', path]);
    await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

export const everyNodeReported = (host: RefletHost): Promise<boolean> =>
  waitFor('every node to report', async () => (await host.reflet('recovery')).exitCode === 0);

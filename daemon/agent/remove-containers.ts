/**
 * `reflet down`: takes away every container that carries our label, and what the agent mounted, whether an agent runs or not.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { LABEL } from './containers/names.ts';
import { createContainerCalls } from './podman/containers.ts';
import { openPodmanService, PODMAN_SOCKET } from './podman/service.ts';
import { removeGroup } from './pods/cgroup.ts';
import { removeUnmounted } from './volumes/unmount.ts';

/** The parent of all pods' control groups (`containers/resources.ts`); groups in use stay. */
const PODS_GROUP = '/reflet';
/** Removals at once: each ends a process and unmounts a file system. */
const CONCURRENT_MAX = 8;

/** What this node's agent keeps of its pods below its directory; settings that were found out stay. */
const POD_STATE = ['pods', 'secrets', 'sandboxes', 'manifests', 'logs'];

/** Resolves with how many containers there were. */
export async function removeContainers(directory: string, clock: Clock, log: Logger): Promise<number> {
  const containersConf = join(directory, 'containers.conf');
  const exists = await readFile(containersConf).then(
    () => true,
    () => false,
  );
  const podman = await openPodmanService({
    socketPath: PODMAN_SOCKET,
    clock,
    log,
    ...(exists ? { containersConf } : {}),
  });
  try {
    const calls = createContainerCalls(podman.http);
    const ids = (await calls.list([LABEL.node])).map(({ Id }) => Id);
    const waiting = [...ids];
    const work = async () => {
      for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) await calls.remove(id);
    };
    await Promise.all(Array.from({ length: CONCURRENT_MAX }, work));
    for (const name of POD_STATE) await removeUnmounted(join(directory, name));
    removeGroup(PODS_GROUP);
    return ids.length;
  } finally {
    await podman.stop();
  }
}

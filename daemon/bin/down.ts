/**
 * `reflet down`: removes every container, network and rule that reflet made on this host, and nothing else. State, keys and the repository stay.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { removeContainers } from '../agent/remove-containers.ts';
import { systemClock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { readHolder } from './lock.ts';
import { removeNode } from './node.ts';
import type { Output } from './output.ts';
import { pathsOf } from './paths.ts';
import { firstNodeCidr } from './up.ts';

export interface DownOptions {
  dataDir: string;
  podCidr: string;
  serviceCidr: string;
}

/** How long a running daemon gets to stop by itself. */
const STOP_MS_MAX = 15_000;
const LOOK_MS = 100;

/** Ends the daemon of this data directory, if one runs. */
async function stopDaemon(runDir: string, out: Output): Promise<void> {
  const holder = await readHolder(runDir);
  if (!holder) return;
  out.line(`reflet: stopping the daemon (process ${holder.pid})`);
  process.kill(holder.pid, 'SIGTERM');
  for (let waited = 0; waited < STOP_MS_MAX; waited += LOOK_MS) {
    await delay(LOOK_MS);
    if (!(await readHolder(runDir))) return;
  }
  process.kill(holder.pid, 'SIGKILL');
}

export async function down(options: DownOptions, log: Logger, out: Output): Promise<void> {
  const paths = pathsOf(options.dataDir);
  await stopDaemon(paths.run, out);
  const removed = await removeContainers(paths.agent, systemClock, log);
  out.line(`reflet: removed ${removed} container${removed === 1 ? '' : 's'}`);
  const { podCidr, serviceCidr } = options;
  await removeNode({ podCidr, nodeCidr: firstNodeCidr(podCidr), serviceCidr, directory: paths.agent, log });
  out.line('reflet: removed the pod network and all rules');
  out.line(`reflet: state, keys and repository stay in ${options.dataDir}`);
}

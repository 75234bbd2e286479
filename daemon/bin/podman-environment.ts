/**
 * How podman has to be called on this host: what the agent's preflight found out, for the commands that call podman themselves.
 */

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { preflight } from '../agent/podman/preflight.ts';
import type { Logger } from '../base/log.ts';

/** CONTAINERS_CONF where the host needs one. Throws when no configuration starts a container. */
export async function podmanEnvironment(agentDir: string, log: Logger): Promise<Record<string, string>> {
  await mkdir(agentDir, { recursive: true, mode: 0o700 });
  const { candidate, problems, containersConf } = await preflight(agentDir, log);
  if (!candidate) throw new Error(`podman cannot start containers on this host:\n  ${problems.join('\n  ')}`);
  return containersConf ? { CONTAINERS_CONF: containersConf } : {};
}

/** For the doctor: the runtime with which a container really starts, or why none does. */
export async function tryRuntime(log: Logger): Promise<{ name: string } | { problem: string } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const directory = await mkdtemp(join(tmpdir(), 'reflet-doctor-'));
  try {
    const { candidate, problems } = await preflight(directory, log);
    return candidate ? { name: candidate.runtime ?? 'podman’s default runtime' } : { problem: problems.join('; ') };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

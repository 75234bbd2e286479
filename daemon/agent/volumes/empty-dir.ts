/**
 * emptyDir volumes: a directory on the disk, or a tmpfs whose size is bounded as the kubelet bounds it (KEP-1967).
 */

import { chmod, chown, mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { run } from '../../base/process.ts';
import { quantityValue } from '../../base/quantity.ts';
import type { EmptyDirVolumeSource, Pod } from '../../kinds/types.generated.ts';
import { measureDisk } from '../stats/disk-usage.ts';
import type { Ownership } from './atomic-writer.ts';
import { VolumeProblem } from './payload.ts';
import { isMounted } from './unmount.ts';

/** Makes it once; a later call leaves it, and what a container made of its permissions, as they are. */
export async function prepareEmptyDir(
  directory: string,
  source: Readonly<EmptyDirVolumeSource>,
  owner: Ownership,
  memoryBytes: () => number | undefined,
): Promise<void> {
  if (source.medium === 'Memory') {
    const bytes = memoryBytes();
    const made = await ensureTmpfs(directory, bytes === undefined ? 'mode=0777' : `mode=0777,size=${bytes}`);
    if (made) await open(directory, owner);
    return;
  }
  if (await stat(directory).catch(() => undefined)) return;
  const fresh = `${directory}.new`;
  await mkdir(fresh, { recursive: true });
  await open(fresh, owner);
  await rename(fresh, directory);
}

/** Everyone may write; what is made in it belongs to the pod's group. */
async function open(directory: string, { gid }: Ownership): Promise<void> {
  if (gid !== undefined) await chown(directory, -1, gid);
  await chmod(directory, gid === undefined ? 0o777 : 0o2777);
}

/** Resolves with whether it was mounted now. */
export async function ensureTmpfs(directory: string, options: string): Promise<boolean> {
  await mkdir(dirname(directory), { recursive: true, mode: 0o700 });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (await isMounted(directory)) return false;
  const { exitCode, stderr } = await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]);
  if (exitCode !== 0) throw new VolumeProblem(`mount of a tmpfs failed: ${stderr.trim()}`);
  return true;
}

/** The least of the volume's own limit, the pod's memory limit and what the node has to give; undefined when none is known. */
export function memoryBytesOf(
  pod: Readonly<Pod>,
  { sizeLimit }: Readonly<EmptyDirVolumeSource>,
  allocatable: Readonly<Record<string, string>>,
): number | undefined {
  const limits = [
    sizeLimit === undefined ? undefined : quantityValue(sizeLimit),
    podMemoryLimit(pod),
    allocatable['memory'] === undefined ? undefined : quantityValue(allocatable['memory']),
  ].filter((bytes) => bytes !== undefined && bytes > 0) as number[];
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** The sum over the containers; none when any of them has no limit. */
function podMemoryLimit({ spec }: Readonly<Pod>): number | undefined {
  let bytes = 0;
  for (const { resources } of spec?.containers ?? []) {
    const limit = resources?.limits?.['memory'];
    if (limit === undefined) return undefined;
    bytes += quantityValue(limit);
  }
  return bytes;
}

/** Of an emptyDir on the disk beyond its limit: the kubelet's reason to evict. */
export async function diskOverLimit(name: string, directory: string, limit: string): Promise<string | undefined> {
  const bytesMax = quantityValue(limit);
  return (await measureDisk(directory, bytesMax)).bytes > bytesMax
    ? `Usage of EmptyDir volume "${name}" exceeds the limit "${limit}". `
    : undefined;
}

/**
 * hostPath volumes: the path is what its `type` says, or is made to be (`core/v1` HostPathVolumeSource).
 */

import { mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { HostPathVolumeSource } from '../../kinds/types.generated.ts';
import { VolumeProblem } from './payload.ts';

type Stat = Awaited<ReturnType<typeof stat>>;

const CHECKS: Record<string, { test(present: Stat): boolean; noun: string }> = {
  Directory: { test: (present) => present.isDirectory(), noun: 'a directory' },
  DirectoryOrCreate: { test: (present) => present.isDirectory(), noun: 'a directory' },
  File: { test: (present) => present.isFile(), noun: 'a file' },
  FileOrCreate: { test: (present) => present.isFile(), noun: 'a file' },
  Socket: { test: (present) => present.isSocket(), noun: 'a socket file' },
  CharDevice: { test: (present) => present.isCharacterDevice(), noun: 'a character device' },
  BlockDevice: { test: (present) => present.isBlockDevice(), noun: 'a block device' },
};

/** Throws VolumeProblem in the kubelet's words. */
export async function prepareHostPath({ path, type = '' }: Readonly<HostPathVolumeSource>): Promise<void> {
  let present = await stat(path).catch(() => undefined);
  if (!present && (type === 'DirectoryOrCreate' || type === '')) {
    // podman makes no missing sources; Docker, whose behaviour the empty type keeps, does.
    await mkdir(path, { recursive: true, mode: 0o755 });
    present = await stat(path);
  }
  if (!present && type === 'FileOrCreate') {
    const parent = await stat(dirname(path)).catch(() => undefined);
    if (!parent) throw new VolumeProblem(`hostPath type check failed: ${path}: its directory does not exist`);
    await (await open(path, 'a', 0o644)).close();
    present = await stat(path);
  }
  const check = CHECKS[type];
  if (check && !(present && check.test(present)))
    throw new VolumeProblem(`hostPath type check failed: ${path} is not ${check.noun}`);
}

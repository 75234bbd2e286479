/**
 * Where containers' logs lie: `<root>/<namespace>_<name>_<uid>/<container>/<restart count>.log`, as the kubelet lays them out. Rotated files
 * carry their time behind the name and sort by it.
 */

import { join } from 'node:path';
import type { PodReference } from '../../client/node-service.ts';

export function podLogDirectory(root: string, { namespace, name, uid }: PodReference): string {
  return join(root, `${namespace}_${name}_${uid}`);
}

export function containerLogDirectory(root: string, pod: PodReference, container: string): string {
  return join(podLogDirectory(root, pod), container);
}

export function containerLogPath(root: string, pod: PodReference, container: string, restartCount: number): string {
  return join(containerLogDirectory(root, pod, container), `${restartCount}.log`);
}

/** The name that a full file is moved to: `0.log.20261121-104059`. */
export function rotatedName(path: string, nowMs: number, attempt: number): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${path}.${time}${attempt > 0 ? `-${attempt}` : ''}`;
}

/** Of the names in a container's directory, the rotated files of `fileName`, oldest first. */
export function rotatedFiles(names: readonly string[], fileName: string): string[] {
  return names.filter((name) => name.startsWith(`${fileName}.`) && /\.\d{8}-\d{6}(-\d+)?$/.test(name)).sort();
}

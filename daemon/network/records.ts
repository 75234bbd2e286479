/**
 * Which pods this node gave a network, one small file per pod (`<directory>/<uid>.json`): what a restarted agent adopts, and what tells a
 * namespace of this node from one of another node on the same machine. Written before the namespace is made, removed after it is gone.
 */

import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseIpv4 } from '../base/ipv4.ts';
import { type HostPort, hostPortProblem } from './rules.ts';

export interface PodRecord {
  readonly uid: string;
  readonly ip: string;
  readonly hostPorts: readonly HostPort[];
}

export interface Records {
  load(): Promise<PodRecord[]>;
  save(record: PodRecord): Promise<void>;
  remove(uid: string): Promise<void>;
  /** Removes the directory with everything in it. */
  clear(): Promise<void>;
}

const SUFFIX = '.json';

export function createRecords(directory: string): Records {
  const pathOf = (uid: string) => join(directory, uid + SUFFIX);
  let made: Promise<unknown> | undefined;
  const make = () => (made ??= mkdir(directory, { recursive: true, mode: 0o700 }));
  return {
    async load() {
      await make();
      const names = (await readdir(directory)).filter((name) => name.endsWith(SUFFIX));
      const read = names.map(async (name) =>
        parseRecord(name.slice(0, -SUFFIX.length), await readFile(join(directory, name), 'utf8')),
      );
      return (await Promise.all(read)).filter((record) => record !== undefined);
    },
    async save(record) {
      await make();
      // Never half a file: a crash leaves the temporary name, which `load` does not read.
      await writeFile(`${pathOf(record.uid)}.new`, JSON.stringify(record), { mode: 0o600 });
      await rename(`${pathOf(record.uid)}.new`, pathOf(record.uid));
    },
    async remove(uid) {
      await rm(pathOf(uid), { force: true });
    },
    async clear() {
      made = undefined;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Undefined when the file is damaged (a power loss): the pod's network is then found missing and made anew. */
export function parseRecord(uid: string, text: string): PodRecord | undefined {
  try {
    const value = JSON.parse(text) as Partial<PodRecord> | null;
    const hostPorts = Array.isArray(value?.hostPorts) ? value.hostPorts : [];
    if (value?.uid !== uid || typeof value.ip !== 'string' || parseIpv4(value.ip) === undefined) return undefined;
    return { uid, ip: value.ip, hostPorts: hostPorts.filter((port) => hostPortProblem(port) === undefined) };
  } catch {
    return undefined;
  }
}

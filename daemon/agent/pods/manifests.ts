/**
 * The node's pods on its disk, so that a host that comes up without a server in reach knows what it is to run.
 * Only what the API says of the pod itself: values out of Secrets are never written here.
 */

import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../base/log.ts';
import type { Pod } from '../../kinds/types.generated.ts';

export interface Manifests {
  load(): Promise<Pod[]>;
  /** Atomically; equal content is not written again. */
  save(pod: Readonly<Pod>): Promise<void>;
  remove(uid: string): Promise<void>;
}

export function createManifests(directory: string, log: Logger): Manifests {
  const written = new Map<string, string>();
  const pathOf = (uid: string) => join(directory, `${uid}.json`);
  /** What is under way for a uid: one write after the other, so that a removal is the last word. */
  const turns = new Map<string, Promise<void>>();
  const inTurn = (uid: string, act: () => Promise<void>): Promise<void> => {
    const turn = (turns.get(uid) ?? Promise.resolve()).catch(() => {}).then(act);
    turns.set(uid, turn);
    const end = () => void (turns.get(uid) === turn && turns.delete(uid));
    turn.then(end, end);
    return turn;
  };
  return {
    async load() {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const pods: Pod[] = [];
      for (const name of await readdir(directory)) {
        if (!name.endsWith('.json')) continue;
        try {
          pods.push(JSON.parse(await readFile(join(directory, name), 'utf8')) as Pod);
        } catch (error) {
          log.warn(
            { file: name, error: String(error) },
            "a pod's manifest on disk cannot be read; the server's will be used",
          );
        }
      }
      return pods;
    },
    save(pod) {
      const uid = pod.metadata?.uid ?? '';
      // The parts that change with every write of the status are of no use after a restart.
      const { resourceVersion: _, managedFields: __, ...metadata } = pod.metadata ?? {};
      const text = JSON.stringify({ ...pod, metadata });
      return inTurn(uid, async () => {
        if (written.get(uid) === text) return;
        const path = pathOf(uid);
        await writeFile(`${path}.new`, text, { mode: 0o600 });
        await rename(`${path}.new`, path);
        written.set(uid, text);
      });
    },
    remove(uid) {
      return inTurn(uid, async () => {
        written.delete(uid);
        await rm(pathOf(uid), { force: true });
      });
    },
  };
}

/**
 * Makes the git objects of API writes durable in the repository, and has the store forget them then. Late and at leisure: nobody waits for it, and
 * what the kernel has written back meanwhile costs nothing.
 *
 * A file whose sync failed is never asked again: Linux may have dropped what it could not write, and says so once only. All that the store keeps is then
 * written anew.
 */

import type { Clock, Ids } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Store } from '../../store/store.ts';
import { OBJECTS_SYNC_MS } from '../limits.ts';
import { GIT_OBJECTS } from '../publish.ts';
import type { Repository } from '../repository.ts';
import { bytesOf, decodeLooseObjects, storeInBackground, syncPlaced } from './loose-objects.ts';

interface Syncing {
  readonly bytes: number;
  /** Files below `objects/` that hold so many bytes of objects, which the store keeps with records up to this revision. */
  add(paths: Iterable<string>, size: number, revision: number): void;
  now(): Promise<void>;
  close(): void;
}

export interface SyncingOptions {
  repository: Repository;
  store: Store;
  clock: Clock;
  ids: Ids;
  log: Logger;
  /** A test gives a disk that fails. */
  sync?: typeof syncPlaced;
}

/** Makes what is in the repository durable, late and at leisure, and has the store forget it then. Begins with what the store keeps from before. */
export function createSyncing({
  repository,
  store,
  clock,
  ids,
  log,
  sync: syncFiles = syncPlaced,
}: SyncingOptions): Syncing {
  let paths = new Set<string>();
  let bytes = 0;
  let upTo = 0;
  let isDoubtful = false;
  let cancel: (() => void) | undefined;
  let running: Promise<void> | undefined;
  const sync = async (): Promise<void> => {
    cancel?.();
    cancel = undefined;
    const taken = { paths, bytes, upTo };
    paths = new Set(); // one that comes again meanwhile is another file
    try {
      if (isDoubtful) await writeAnew(repository.gitDir, store, taken.upTo, ids);
      else await syncFiles(repository.gitDir, taken.paths);
      isDoubtful = false;
    } catch (error) {
      isDoubtful = true;
      paths = new Set([...taken.paths, ...paths]);
      throw error;
    }
    bytes -= taken.bytes;
    const last = store.kept(GIT_OBJECTS, 0).findLast(({ revision }) => revision <= taken.upTo);
    if (last) store.release(GIT_OBJECTS, last.sequence);
  };
  const now = (): Promise<void> => {
    running ??= sync().finally(() => {
      running = undefined;
      if (paths.size > 0) later();
    });
    return running;
  };
  const later = () => {
    cancel ??= clock.after(OBJECTS_SYNC_MS, () => {
      now().catch((error: unknown) =>
        log.warn({ error: String(error) }, 'git objects could not be synced; trying again'),
      );
    });
  };
  const add = (all: Iterable<string>, size: number, revision: number) => {
    for (const path of all) paths.add(path);
    bytes += size;
    upTo = revision;
    if (paths.size > 0) later();
  };
  for (const { keep, revision } of store.kept(GIT_OBJECTS, 0)) {
    const objects = decodeLooseObjects(keep as Record<string, string>);
    add(objects.keys(), bytesOf(objects), revision);
  }
  return {
    get bytes() {
      return bytes;
    },
    add,
    now,
    close: () => cancel?.(),
  };
}

/** The objects of all records up to this revision. */
async function writeAnew(gitDir: string, store: Store, upTo: number, ids: Ids): Promise<void> {
  for (const { keep, revision } of store.kept(GIT_OBJECTS, 0))
    if (revision <= upTo) await storeInBackground(gitDir, decodeLooseObjects(keep as Record<string, string>), ids);
}

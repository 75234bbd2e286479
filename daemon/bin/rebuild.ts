/**
 * A rebuild: no store, but a repository that holds a checkpoint (`refs/reflet/state`) and the keys that it was sealed under. docs/recovery.md tells
 * people how.
 */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { RepositoryPlace } from '../git/git-command.ts';
import { createObjectReader } from '../git/object-reader.ts';
import { hostRepository, openRepository } from '../git/repository.ts';
import { type KeptState, readState } from '../git/state/read-state.ts';
import { rebuildStore } from '../git/state/restore.ts';
import { openStateKey } from '../git/state/sealed.ts';
import { createStore } from '../store/create-store.ts';
import type { Log } from '../store/log.ts';
import type { Store } from '../store/store.ts';
import { pathsOf, type UpOptions } from './options.ts';

/** The repository that is to be followed, as far as it is on this host; undefined when there is none yet. */
async function findRepository({ dataDir, repository, branch }: UpOptions): Promise<RepositoryPlace | undefined> {
  if (repository) return openRepository(repository, branch);
  const { hostedRepository } = pathsOf(dataDir);
  const isThere = await stat(join(hostedRepository, 'objects')).catch(() => undefined);
  return isThere ? hostRepository(hostedRepository, branch, join(dataDir, 'hooks')) : undefined;
}

/** The checkpoint to rebuild from. Throws, for people, when there is one that cannot be used. */
async function findState(options: UpOptions, log: Logger): Promise<KeptState | undefined> {
  const place = await findRepository(options);
  if (!place) return undefined;
  const key = await openStateKey(pathsOf(options.dataDir).keys);
  const reader = createObjectReader(place, { clock: systemClock });
  try {
    return await readState(place, reader, key, log);
  } finally {
    reader.close();
  }
}

/** The store of the data directory; one that is new is filled from the repository's checkpoint, if there is one. */
export async function openStore(
  options: UpOptions,
  storeLog: Log,
  log: Logger,
  progress: (text: string) => void,
): Promise<Store> {
  const present = await createStore(storeLog);
  if (present.revision > 0) return present;
  const state = await findState(options, log);
  if (!state) return present;
  progress(`rebuilding ${state.objects.length} objects from the repository’s checkpoint`);
  const store = await rebuildStore({ log: storeLog, dataDir: options.dataDir, state, now: systemClock.now() });
  log.warn(
    { checkpoint: state.commit, objects: state.objects.length, revision: store.revision },
    'rebuilt from the repository; no pod is evicted or scaled down until every node has reported',
  );
  return store;
}

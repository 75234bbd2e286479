/**
 * A rebuild: no store, but a repository that holds a checkpoint (`refs/reflet/state`) and the keys that it was sealed under. docs/recovery.md tells
 * people how.
 */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { type RepositoryPlace, runGit } from '../git/git-command.ts';
import { createObjectReader } from '../git/object-reader.ts';
import { createRemote, RemoteUnreachable } from '../git/remote/remote.ts';
import type { RemoteUrl } from '../git/remote/remote-url.ts';
import { fetchState } from '../git/remote/share-state.ts';
import { hostRepository, openRepository } from '../git/repository.ts';
import { type KeptState, readState } from '../git/state/read-state.ts';
import { rebuildStore } from '../git/state/restore.ts';
import { openStateKey } from '../git/state/sealed.ts';
import { STATE_REF } from '../git/state/state-index.ts';
import { createStore } from '../store/create-store.ts';
import type { Log } from '../store/log.ts';
import type { Store } from '../store/store.ts';
import type { UpOptions } from './options.ts';
import { pathsOf } from './paths.ts';

/** The repository that is to be followed, as far as it is on this host; undefined when there is none yet. */
async function findRepository(options: UpOptions): Promise<RepositoryPlace | undefined> {
  const { dataDir, repository, branch } = options;
  if (repository) return openRepository(repository, branch);
  if (options.remote) return mirrorWithState(options, options.remote);
  const { hostedRepository } = pathsOf(dataDir);
  const isThere = await stat(join(hostedRepository, 'objects')).catch(() => undefined);
  return isThere ? hostRepository(hostedRepository, branch, join(dataDir, 'hooks')) : undefined;
}

/** The mirror, with what the remote keeps of the cluster. Throws, for people, when the remote does not answer: beginning anew would harm what runs. */
async function mirrorWithState(
  { dataDir, branch, gitToken: token, allowedRemotes: allowed }: UpOptions,
  remote: RemoteUrl,
): Promise<RepositoryPlace> {
  const { hostedRepository, keys } = pathsOf(dataDir);
  const mirror = await hostRepository(hostedRepository, branch, join(dataDir, 'hooks'), remote.url);
  if (await hasState(mirror)) return mirror;
  try {
    await fetchState(createRemote(mirror, { remote, token, allowed, keysDir: keys }));
  } catch (error) {
    if (!(error instanceof RemoteUnreachable)) throw error;
    throw new Error(
      `${remote.url} does not answer (${error.message}): a new data directory needs it, to see whether there is a cluster to rebuild; start again when it does`,
    );
  }
  return mirror;
}

async function hasState(place: RepositoryPlace): Promise<boolean> {
  return (await runGit(place, ['rev-parse', '--quiet', '--verify', STATE_REF], { accept: [1, 128] })).exitCode === 0;
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

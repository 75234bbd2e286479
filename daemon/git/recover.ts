/**
 * Start after a stop or a crash: what the store says was in force, the repository made to agree with it, the in-memory state loaded.
 *
 * Invariants: an acknowledged write through the API is in the repository afterwards; a broken ref is repaired, never taken for an empty branch;
 * nothing is deleted because the repository is damaged.
 */

import type { Ids } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Store } from '../store/store.ts';
import { loadCandidate } from './candidate.ts';
import type { GitEngine } from './engine.ts';
import { runGit } from './git-command.ts';
import { formatProblem, type PushProblem } from './problem.ts';
import { GIT_OBJECTS, PUBLICATION, type PublicationRecord } from './publish.ts';
import { hasCommit, isAncestor, moveTip, type Repository, readTip, repairTip } from './repository.ts';
import { decodeLooseObjects, restoreLooseObjects } from './write-back/loose-objects.ts';
import { removeTornPacks } from './write-back/place-pack.ts';

/** Where acknowledged writes are kept that somebody moved the branch away from. */
const LOST_REF = 'refs/reflet/lost';

/** The newest publication that the store has. */
export function lastPublication(store: Store): PublicationRecord | undefined {
  return store.lastRecord(PUBLICATION)?.record as PublicationRecord | undefined;
}

/** Repairs the repository from the store's last publication and loads the state that is in force. */
export async function recover(engine: GitEngine, ids: Ids): Promise<void> {
  const { store, log, repository } = engine.options;
  const last = lastPublication(store);
  const kept = store.kept(GIT_OBJECTS, 0);
  if (kept.length > 0) await removeTornPacks(repository.gitDir);
  const isPacked = async (id: string) => (await engine.reader.info(id)) !== undefined;
  for (const { keep } of kept)
    await restoreLooseObjects(repository.gitDir, decodeLooseObjects(keep as Record<string, string>), ids, isPacked);
  if (await repairTip(repository, last?.commit)) {
    log.warn({ commit: last?.commit }, 'the branch was broken; it points to what is in force again');
  }
  if (!last) return;
  const isWrite = kept.at(-1)?.revision === store.lastRecord(PUBLICATION)?.revision;
  if (isWrite) await bringTipForward(repository, last.tip ?? last.commit, log);
  await loadPublished(engine, last.commit);
}

/** The ref after writes whose objects had been acknowledged but not yet put into the repository. */
async function bringTipForward(repository: Repository, commit: string, log: Logger): Promise<void> {
  const tip = await readTip(repository);
  if (tip === commit || (tip !== undefined && (await isAncestor(repository, commit, tip)))) return;
  const isBehind = tip === undefined || (await isAncestor(repository, tip, commit));
  if (isBehind && (await moveTip(repository, tip, commit))) {
    log.info({ commit }, 'writes acknowledged before the stop are in the repository now');
    return;
  }
  await runGit(repository, ['update-ref', LOST_REF, commit]);
  log.error({ tip, commit }, 'the branch left the acknowledged writes behind; they are kept under refs/reflet/lost');
}

/** The manifests of the commit in force, without judging them again: what is in force is never refused. */
async function loadPublished(engine: GitEngine, commit: string): Promise<void> {
  const { repository, folder, manifests, registry, admission, log } = engine.options;
  if (!(await hasCommit(repository, commit))) {
    log.error(
      { commit },
      'the commit in force is missing in the repository; its objects stay, and the tip is applied as a whole',
    );
    return;
  }
  const { environment } = admission;
  const source = { place: repository, folder, reader: engine.reader, manifests, registry, environment };
  const { candidate, problems } = await loadCandidate(source, engine.state, commit).catch(unreadable);
  const damage = problems.find(({ isDamage }) => isDamage);
  if (!candidate || damage) {
    // Read in part it would look as if manifests had been removed. The tip is judged as a whole, and refused for the same reason.
    log.error({ commit, problem: formatProblem(damage!) }, 'the commit in force cannot be read; its objects stay');
    return;
  }
  for (const problem of problems)
    log.warn({ problem: formatProblem(problem) }, 'a manifest in force reads differently now');
  engine.state.apply(candidate);
}

function unreadable(error: Error): { candidate: undefined; problems: readonly PushProblem[] } {
  return { candidate: undefined, problems: [{ file: '', message: error.message, isDamage: true }] };
}

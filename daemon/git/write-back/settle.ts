/**
 * Brings acknowledged commits into the repository: objects first, durably, then the branch. In the background, in order, until it works.
 *
 * Invariants: until it is done the objects stand in the store's newest record, so a crash loses nothing; the branch is only moved from where the
 * last settled commit left it.
 */

import type { Clock, Ids } from '../../base/clock.ts';
import { sleep } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { runGit } from '../git-command.ts';
import { SETTLE_RETRY_MS } from '../limits.ts';
import { createRefUpdater } from '../ref-updater.ts';
import type { Repository } from '../repository.ts';
import { type LooseObjects, storeLooseObjects } from './loose-objects.ts';
import { followWorkTree } from './work-tree.ts';

export interface Settler {
  /** Objects of all commits that are not settled yet: what the next record must carry. */
  readonly objects: ReadonlyMap<string, Buffer>;
  readonly bytes: number;
  /**
   * A durable batch that moves the branch from `parent` to `commit`. `inForce`: another commit that came into force with it, which no branch holds.
   */
  add(parent: string | undefined, commit: string, objects: LooseObjects, inForce?: string): void;
  /** Resolves when nothing is left to do, or rejects when the settler is closed with something left. */
  settled(): Promise<void>;
  /** No further tries; what is left waits in the store for the next start. */
  close(): void;
}

/** Keeps git from pruning what is in force beside a refused tip. */
const IN_FORCE_REF = 'refs/reflet/in-force';

interface Step {
  parent: string | undefined;
  commit: string;
  objects: LooseObjects;
  inForce: string | undefined;
}

export interface SettlerOptions {
  repository: Repository;
  clock: Clock;
  ids: Ids;
  log: Logger;
}

export function createSettler(options: SettlerOptions): Settler {
  const { repository, clock, ids, log } = options;
  const steps: Step[] = [];
  const pending: LooseObjects = new Map();
  const closing = new AbortController();
  const updater = createRefUpdater(repository, clock);
  let bytes = 0;
  let running: Promise<void> | undefined;
  const tidy = createTidying(repository, log);

  const settleOne = async (taken: readonly Step[]): Promise<void> => {
    const objects: LooseObjects = new Map(taken.flatMap((step) => [...step.objects]));
    await storeLooseObjects(repository.gitDir, objects, ids);
    const { parent } = taken[0]!;
    const { commit } = taken.at(-1)!;
    const inForce = taken.findLast((step) => step.inForce !== undefined)?.inForce;
    if (inForce !== undefined) await runGit(repository, ['update-ref', IN_FORCE_REF, inForce]);
    if (!(await updater.move(parent, commit))) await keepLost(repository, commit, log);
    else await followWorkTree(repository, parent, commit, log);
    steps.splice(0, taken.length);
    for (const [path, content] of objects) {
      if (steps.some((step) => step.objects.has(path))) continue;
      if (pending.delete(path)) bytes -= content.length;
    }
    tidy(taken.length);
  };

  const run = async (): Promise<void> => {
    while (steps.length > 0) {
      try {
        await settleOne([...steps]);
      } catch (error) {
        log.warn(
          { error: String(error) },
          'acknowledged writes could not be put into the repository yet; trying again',
        );
        await sleep(clock, SETTLE_RETRY_MS, closing.signal);
        if (closing.signal.aborted) throw error;
      }
    }
  };

  const start = (): Promise<void> => {
    const promise = run().finally(() => {
      running = undefined;
    });
    promise.catch(() => {}); // whoever waits in settled() is told
    return promise;
  };

  return {
    objects: pending,
    get bytes() {
      return bytes;
    },
    add(parent, commit, objects, inForce) {
      steps.push({ parent, commit, objects, inForce });
      for (const [path, content] of objects) {
        if (!pending.has(path)) bytes += content.length;
        pending.set(path, content);
      }
      running ??= start();
    },
    settled: () => running ?? Promise.resolve(),
    close() {
      closing.abort();
      updater.close();
    },
  };
}

/** The branch was moved past us: what was acknowledged must stay findable (and must not be pruned), so a ref of its own holds it. */
async function keepLost(repository: Repository, commit: string, log: Logger): Promise<void> {
  await runGit(repository, ['update-ref', 'refs/reflet/lost', commit]);
  log.error(
    { commit },
    'the branch was moved past its hooks while a write was on its way; the write is kept at refs/reflet/lost',
  );
}

/** Commits after which git is asked to pack what lies loose: each write leaves four files. */
const TIDY_COMMITS = 1_000;
const TIDY_MS_MAX = 600_000;

/** Packs in the background, one at a time; git's own rules keep it from touching what is new or in use. */
function createTidying(repository: Repository, log: Logger): (commits: number) => void {
  let since = 0;
  let busy = false;
  return (commits) => {
    since += commits;
    if (busy || since < TIDY_COMMITS) return;
    since = 0;
    busy = true;
    runGit(repository, ['-c', 'gc.auto=1', '-c', 'gc.autoDetach=false', 'gc', '--auto', '--quiet'], {
      timeoutMs: TIDY_MS_MAX,
    })
      .catch((error: unknown) => log.warn({ error: String(error) }, 'the repository could not be packed'))
      .finally(() => {
        busy = false;
      });
  };
}

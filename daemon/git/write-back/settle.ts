/**
 * Brings acknowledged commits into the repository: objects first, then the branch. In the background, in order, until it works. The first at once; those
 * that come fast behind it together, so that they take little from the writes that are being acknowledged.
 *
 * Invariants: until its objects are durable in the repository a commit's stand in the store, whose records keep them: a crash loses nothing. The branch
 * is only moved from where the last settled commit left it.
 */

import type { Clock, Ids } from '../../base/clock.ts';
import { sleep } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Store } from '../../store/store.ts';
import { runGit } from '../git-command.ts';
import { SETTLE_PAUSE_MS, SETTLE_RETRY_MS, SETTLE_TROUBLE_MS_MAX } from '../limits.ts';
import { createRefUpdater, type RefUpdater } from '../ref-updater.ts';
import { type Repository, readTip, repairTip } from '../repository.ts';
import { IN_FORCE_REF } from '../state/state-index.ts';
import { bytesOf, type LooseObjects, placeLooseObjects } from './loose-objects.ts';
import { placePack, removePack } from './place-pack.ts';
import { createSyncing } from './sync-objects.ts';
import { followWorkTree } from './work-tree.ts';

export interface Settler {
  /** Whether acknowledged commits are not in the repository yet. */
  readonly isBusy: boolean;
  /** Of objects that the store still keeps. */
  readonly bytes: number;
  /** A durable batch. */
  add(step: Step): void;
  /** Resolves when nothing is left to do, which is done without a pause; rejects when it has failed for a while, or the settler is closed. */
  settled(): Promise<void>;
  /** Resolves when all of it is durable in the repository, and the store need not keep it. */
  synced(): Promise<void>;
  /** No further tries; what is left waits in the store for the next start. */
  close(): void;
}

interface Step {
  /** The branch moves from `parent` to `commit`. */
  parent: string | undefined;
  commit: string;
  objects: LooseObjects;
  /** Another commit that came into force with it, which no branch holds. */
  inForce: string | undefined;
  /** Of the store, with the batch. */
  revision: number;
}

export interface SettlerOptions {
  repository: Repository;
  store: Store;
  clock: Clock;
  ids: Ids;
  log: Logger;
}

export function createSettler(options: SettlerOptions): Settler {
  const { repository, clock, ids, log } = options;
  const steps: Step[] = [];
  const closing = new AbortController();
  const updater = createRefUpdater(repository, clock, 'reflet: write through the API');
  const syncing = createSyncing(options);
  let bytes = 0;
  let running: Promise<void> | undefined;
  const tidy = createTidying(repository, log);
  const pause = createPause(clock);
  const trouble = createTrouble(options);
  const round = createRound(repository.gitDir, ids);

  const settleOne = async (taken: readonly Step[]): Promise<void> => {
    const objects: LooseObjects = new Map(taken.flatMap((step) => [...step.objects]));
    const paths = await round(objects, () => moveBranch(options, updater, taken));
    steps.splice(0, taken.length);
    bytes = steps.reduce((sum, step) => sum + bytesOf(step.objects), 0);
    syncing.add(paths, bytesOf(objects), taken.at(-1)!.revision);
    tidy(taken.length, objects.size >= PACKED_OBJECTS_MIN);
  };

  const run = async (): Promise<void> => {
    while (steps.length > 0) {
      await pause.over();
      await trouble.watch(closing.signal, async () => {
        await settleOne([...steps]);
        pause.begin();
      });
    }
  };

  const start = (): Promise<void> => {
    const promise = run().finally(() => {
      running = undefined;
    });
    promise.catch(() => {}); // whoever waits in settled() is told
    return promise;
  };

  const settled = async (): Promise<void> => {
    if (!running) return;
    pause.skip(running);
    await Promise.race([running, trouble.lasts()]);
  };

  return {
    get isBusy() {
      return steps.length > 0;
    },
    get bytes() {
      return bytes + syncing.bytes;
    },
    add(step) {
      steps.push(step);
      bytes += bytesOf(step.objects);
      running ??= start();
    },
    settled,
    async synced() {
      await settled();
      await syncing.now();
    },
    close() {
      closing.abort();
      syncing.close();
      updater.close();
    },
  };
}

interface Trouble {
  /** One round. When it fails, a while is waited; throws only when the settler is closed meanwhile. */
  watch(closed: AbortSignal, act: () => Promise<void>): Promise<void>;
  /** Rejects as soon as rounds have failed for too long to be waited for; never resolves. */
  lasts(): Promise<never>;
}

/** A lock that somebody holds is over soon; a disk that fails is not, and nobody is kept waiting for it. */
function createTrouble({ clock, log }: SettlerOptions): Trouble {
  let since: number | undefined;
  let last: Error | undefined;
  const waiting = new Set<(error: Error) => void>();
  return {
    async watch(closed, act) {
      closed.throwIfAborted(); // the repository is somebody else's by now
      try {
        await act();
        since = last = undefined;
        waiting.clear();
      } catch (error) {
        const what = 'acknowledged writes could not be put into the repository yet; trying again';
        log.warn({ error: String(error) }, what);
        since ??= clock.monotonic();
        if (clock.monotonic() - since >= SETTLE_TROUBLE_MS_MAX) {
          last = new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`);
          for (const reject of waiting) reject(last);
          waiting.clear();
        }
        await sleep(clock, SETTLE_RETRY_MS, closed);
        if (closed.aborted) throw error;
      }
    },
    lasts: () =>
      new Promise((_resolve, reject) => {
        if (last) reject(last);
        else waiting.add(reject);
      }),
  };
}

/** Fewer than three commits stay loose, as git itself would leave them. */
const PACKED_OBJECTS_MIN = 12;

/** Puts objects in and then does `move`, which needs them. Returns the objects' files' paths below `objects/`. */
type Round = (objects: LooseObjects, move: () => Promise<void>) => Promise<Iterable<string>>;

/**
 * A round that failed is done again with all that it had, and with what has come since: however often that happens while writes go on, one pack is there
 * of what waits. The last takes the place of the one before it.
 */
function createRound(gitDir: string, ids: Ids): Round {
  let failed: readonly string[] = [];
  return async (objects, move) => {
    if (objects.size < PACKED_OBJECTS_MIN) {
      await placeLooseObjects(gitDir, objects, ids);
      await move();
      return objects.keys();
    }
    const paths = await placePack(gitDir, objects, ids);
    const superseded = failed.filter((path) => !paths.includes(path));
    failed = paths;
    await removePack(gitDir, superseded);
    await move();
    failed = [];
    return paths;
  };
}

/** The pause after each round; it is skipped until what somebody waits for is done. */
function createPause(clock: Clock): { begin(): void; over(): Promise<void>; skip(until: Promise<void>): void } {
  let over = Promise.resolve();
  let end = () => {};
  let skips = 0;
  return {
    begin() {
      if (skips > 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const cancel = clock.after(SETTLE_PAUSE_MS, resolve);
      over = promise;
      end = () => {
        cancel();
        resolve();
      };
    },
    over: () => over,
    skip(until) {
      end();
      skips++;
      const done = () => {
        skips--;
      };
      until.then(done, done);
    },
  };
}

async function moveBranch(
  { repository, log }: SettlerOptions,
  updater: RefUpdater,
  steps: readonly Step[],
): Promise<void> {
  const { parent } = steps[0]!;
  const { commit } = steps.at(-1)!;
  const inForce = steps.findLast((step) => step.inForce !== undefined)?.inForce;
  if (inForce !== undefined) await runGit(repository, ['update-ref', IN_FORCE_REF, inForce]);
  const move = async () => {
    if (await updater.move([{ ref: repository.ref, from: parent, to: commit }])) return true;
    // A try that failed after it had moved the branch (git was cut off before it said so) is gone on from.
    const tip = await readTip(repository);
    if (tip === commit) return true;
    return steps.some((step) => step.commit === tip) && updater.move([{ ref: repository.ref, from: tip, to: commit }]);
  };
  const moved = await move().catch(async (error: unknown) => {
    if (!(await repairTip(repository, parent).catch(() => false))) throw error;
    log.warn({ commit: parent }, 'the branch was broken; it points to what is in force again');
    return move();
  });
  if (!moved) await keepLost(repository, commit, log);
  else await followWorkTree(repository, parent, commit, log);
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
/** What a pack counts at least: git itself joins packs when there are more than 50. */
const TIDY_COMMITS_OF_PACK = 20;
const TIDY_MS_MAX = 600_000;

/** Packs in the background, one at a time; git's own rules keep it from touching what is new or in use. */
function createTidying(repository: Repository, log: Logger): (commits: number, isPack: boolean) => void {
  let since = 0;
  let busy = false;
  return (commits, isPack) => {
    since += isPack ? Math.max(commits, TIDY_COMMITS_OF_PACK) : commits;
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

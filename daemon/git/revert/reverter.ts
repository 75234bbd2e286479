/**
 * Takes back a commit whose rollout failed, as `autoRevert` asks: by a real commit on the branch that goes through the very judgement and publication of
 * any other. Where that cannot be, the repository is Degraded and a branch proposes it.
 *
 * Invariants: a content is taken back once, also over restarts (it is written down before the branch moves); nothing is reset; what came later stays.
 */

import type { Ids } from '../../base/clock.ts';
import { readCommit } from '../commit-object.ts';
import type { GitEngine } from '../engine.ts';
import { HOST_ADMINISTRATOR } from '../ports.ts';
import { formatProblem } from '../problem.ts';
import { isAncestor, moveTip, readTip } from '../repository.ts';
import type { CommitStatus } from '../status/commit-status.ts';
import type { Reporter } from '../status/report/reporter.ts';
import type { LateFailure, StatusKeeper } from '../status/status-keeper.ts';
import { describeSuspension } from '../suspension/suspension.ts';
import { encodeCommit, type LooseObjects, makeObject, storeLooseObjects } from '../write-back/loose-objects.ts';
import { followWorkTree } from '../write-back/work-tree.ts';
import { decideRevert } from './decide-revert.ts';
import { gatherEvidence, type PodLogs } from './evidence.ts';
import { renderRevert } from './message.ts';
import { propose } from './propose.ts';

/** How the followed remote answers when a ref of it is to be moved. */
export type PushAnswer = { result: 'accepted' } | { result: 'moved' } | { result: 'refused'; why: string };

export interface ReverterOptions {
  engine: GitEngine;
  /** Pushes to the followed remote; undefined: there is none. Throws when it does not answer. */
  push?: (commit: string, ref: string) => Promise<PushAnswer>;
  keeper: StatusKeeper;
  reporter: Reporter;
  ids: Ids;
  podLogs: PodLogs;
}

export interface Degraded {
  /** The commit that failed. */
  commit: string;
  message: string;
}

export interface Reverter {
  /** What people have to look at; undefined: nothing. */
  degraded(): Degraded | undefined;
  /** Resolves when what has failed so far is dealt with. */
  idle(): Promise<void>;
  /** What fails from now on is looked at after the next start. */
  stop(): void;
}

const COMMITTER = { name: 'reflet', email: 'reflet@reflet' };
/** In the status of a revert: who made it. */
const REVERTER = { ...HOST_ADMINISTRATOR, username: 'reflet' };

export function startReverter(options: ReverterOptions): Reverter {
  const { engine, keeper } = options;
  const { log } = engine.options;
  let degraded = degradedAtStart(keeper, engine.state.commit);
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  /** Reverts that were made → what they take back. */
  const attempts = new Map<string, string>();
  const consider = (status: CommitStatus): void => {
    if (stopped) return;
    running = running
      .then(() => takeBack(options, status, attempts))
      .then((found) => {
        degraded = found ?? degraded;
      })
      .catch((error: unknown) => {
        log.error({ commit: status.commit, error: String(error) }, 'a failed commit could not be reverted');
        degraded = { commit: status.commit, message: `it failed and could not be reverted: ${String(error)}` };
      });
  };
  keeper.onChange(({ status, before }) => {
    if (status.state === 'failed' && before !== 'failed') consider(status);
    // Late, but it came.
    if (status.state === 'healthy' && degraded?.commit === status.commit) degraded = undefined;
  });
  keeper.onLateFailure(({ status, object }: LateFailure) => consider({ ...status, objects: [object] }));
  engine.onPublished(({ commit, parent }) => {
    // The answer of the remote was lost, and yet it took the revert.
    const failed = attempts.get(commit);
    if (failed !== undefined && !keeper.get(failed)?.revertedBy) keeper.amend(failed, { revertedBy: commit });
    attempts.clear();
    // What is in force now is a new answer, unless it is the very commit that took the failed one back.
    if (degraded && degraded.commit !== parent) degraded = undefined;
  });
  const stop = () => {
    stopped = true;
  };
  const inForce = keeper.get(engine.state.commit ?? '');
  if (inForce?.state === 'failed') consider(inForce);
  return { degraded: () => degraded, idle: () => running, stop };
}

function degradedAtStart(keeper: StatusKeeper, inForce: string | undefined): Degraded | undefined {
  const found = keeper
    .list()
    .find(
      ({ commit, state, proposal, supersededBy }) =>
        proposal && state !== 'healthy' && (commit === inForce || supersededBy === inForce),
    );
  return found && { commit: found.commit, message: `its rollout failed; ${found.proposal} proposes to revert it` };
}

/** Resolves with what is Degraded now, if anything. */
async function takeBack(
  options: ReverterOptions,
  status: CommitStatus,
  attempts: Map<string, string>,
): Promise<Degraded | undefined> {
  const { engine, keeper } = options;
  const { repository } = engine.options;
  const { commit, parent, content } = status;
  const decide = (isParentInHistory: boolean) =>
    decideRevert({
      enabled: engine.state.configuration.autoRevert.enabled,
      status,
      tip: engine.state.commit,
      isParentInHistory,
      isRevert: keeper.list().some(({ revertedBy }) => revertedBy === commit),
      sameContent: content === undefined ? undefined : keeper.takenBack(content),
    });
  const first = decide(true);
  if (first.do === 'nothing') return undefined;
  if (first.do === 'tell') return tellDegraded(options, status, first.why);
  await engine.settled();
  const decision = decide(await isAncestor(repository, parent!, commit));
  const revert = await makeRevert(options, status);
  attempts.set(revert, commit);
  if (decision.do === 'propose') return proposeInstead(options, status, revert, decision.why);
  const failure = await putIntoForce(options, status, revert);
  return failure === undefined ? undefined : proposeInstead(options, status, revert, failure);
}

/** A commit on top of the failed one with the content of what was in force before. */
async function makeRevert({ engine, podLogs, ids }: ReverterOptions, status: CommitStatus): Promise<string> {
  const { store } = engine.options;
  const failed = await readCommit(engine.reader, status.commit);
  const back = status.parent!;
  const { tree } = await readCommit(engine.reader, back);
  const evidence = await gatherEvidence(store, status, podLogs);
  const subject = failed.message.split('\n', 1)[0] ?? '';
  const removes = status.moreObjects > 0 || status.objects.some(({ action }) => action === 'created');
  const message = renderRevert({ commit: status.commit, subject, back, parents: failed.parents, evidence, removes });
  return makeCommit(engine, ids, { tree, parent: status.commit, message });
}

async function makeCommit(
  { options }: GitEngine,
  ids: Ids,
  about: { tree: string; parent: string; message: string },
): Promise<string> {
  const signature = { ...COMMITTER, timestamp: Math.floor(options.clock.now() / 1_000) };
  const objects: LooseObjects = new Map();
  const content = encodeCommit({ ...about, author: signature, committer: signature });
  const id = makeObject(objects, 'commit', options.trust.signCommit(content));
  await storeLooseObjects(options.repository.gitDir, objects, ids);
  return id;
}

/** Undefined when it is in force; else why it is not. */
async function putIntoForce(
  { engine, keeper, reporter, push }: ReverterOptions,
  { commit, objects }: CommitStatus,
  revert: string,
): Promise<string | undefined> {
  const { repository, log, events, store } = engine.options;
  const lease = await engine.acquire();
  try {
    if (engine.state.commit !== commit || (await readTip(repository)) !== commit) return 'the branch moved meanwhile';
    if (engine.suspension) return `the repository is ${describeSuspension(engine.suspension)}`;
    const judgement = await engine.judge(revert, HOST_ADMINISTRATOR);
    if (judgement.problems.length > 0) return `the revert is refused: ${formatProblem(judgement.problems[0]!)}`;
    // Before the branch moves: a crash in between must not make it twice.
    keeper.amend(commit, { revertedBy: revert });
    await keeper.flushed();
    const refused = await refusalOf(push, revert, repository.ref);
    if (refused !== undefined || !(await moveTip(repository, commit, revert))) {
      keeper.amend(commit, { revertedBy: undefined });
      return refused ?? 'the branch moved meanwhile';
    }
    await followWorkTree(repository, commit, revert, log);
    await engine.publish(judgement, REVERTER);
  } finally {
    lease.release();
  }
  const message = `its rollout failed and was reverted by ${revert.slice(0, 12)}`;
  log.warn({ commit, revert }, 'a commit whose rollout failed was reverted');
  // The object that had failed when this began: by now the revert may have moved it.
  const live = store.get(objects.find(({ state }) => state === 'failed')?.key ?? '')?.value;
  if (live) events.event(live, 'Warning', 'RolloutReverted', `commit ${commit.slice(0, 12)}: ${message}`);
  reporter.notify('reverted', keeper.get(commit)!, message);
  return undefined;
}

/** Why the remote does not have it, for people; undefined when it has, or when there is no remote. */
async function refusalOf(push: ReverterOptions['push'], commit: string, ref: string): Promise<string | undefined> {
  try {
    const answer = await push?.(commit, ref);
    if (answer?.result === 'moved') return 'the remote branch moved meanwhile';
    return answer?.result === 'refused' ? `the remote does not take it (${answer.why})` : undefined;
  } catch (error) {
    // Should it have taken it all the same, the next fetch brings it.
    return error instanceof Error ? error.message : String(error);
  }
}

async function proposeInstead(
  { engine, keeper, reporter, ids, push }: ReverterOptions,
  { commit }: CommitStatus,
  revert: string,
  why: string,
): Promise<Degraded> {
  const { message: text } = await readCommit(engine.reader, revert);
  const proposal = await propose(engine, commit, revert, (tree, parent) =>
    makeCommit(engine, ids, { tree, parent, message: text }),
  );
  const branch = proposal.ref.replace(/^refs\/heads\//, '');
  keeper.amend(commit, { proposal: branch });
  const local = await refusalOf(push, proposal.commit, proposal.ref);
  const conflict = proposal.merges ? '' : ' (it conflicts with what came later)';
  const note = local === undefined ? conflict : `${conflict}, here only: ${local}`;
  return tellDegraded({ engine, keeper, reporter }, { commit }, `${why}; the branch ${branch} proposes it${note}`);
}

function tellDegraded(
  { engine, keeper, reporter }: Pick<ReverterOptions, 'engine' | 'keeper' | 'reporter'>,
  { commit }: Pick<CommitStatus, 'commit'>,
  why: string,
): Degraded {
  const { log, events, store } = engine.options;
  const message = `its rollout failed and was not reverted: ${why}`;
  log.error({ commit, why }, 'Degraded: a commit whose rollout failed was not reverted');
  const status = keeper.get(commit)!;
  const live = store.get(status.objects.find(({ state }) => state === 'failed')?.key ?? '')?.value;
  if (live) events.event(live, 'Warning', 'Degraded', `commit ${commit.slice(0, 12)}: ${message}`);
  reporter.notify('degraded', status, message);
  return { commit, message };
}

/**
 * The git layer as a whole: opens the repository, recovers, serves hooks and HTTP, watches the ref. Wired by `bin/`.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Persistence } from '../api/rest/persist.ts';
import type { UserInfo } from '../auth/user.ts';
import type { Ids, Random } from '../base/clock.ts';
import { StatusError } from '../base/status.ts';
import type { SchemaSet } from '../schema/node.ts';
import { openConfirmations } from './confirmations.ts';
import { startDriftWatch } from './drift.ts';
import { type EngineOptions, GitEngine, type RefusedTip } from './engine.ts';
import { GitHistory } from './history/git-history.ts';
import { AdmittedMoves } from './hooks/admitted-moves.ts';
import { installHooks } from './hooks/install.ts';
import { postReceive } from './hooks/post-receive.ts';
import { preReceive } from './hooks/pre-receive.ts';
import { referenceTransaction } from './hooks/reference-transaction.ts';
import { type HookServer, startHookServer } from './hooks/server.ts';
import { HookSessions } from './hooks/sessions.ts';
import { createHttpBackend } from './http-backend.ts';
import { openLedger } from './ledger/ledger.ts';
import { createOutgoing, type Outgoing } from './outgoing/outgoing.ts';
import type { ManifestEditor } from './ports.ts';
import { formatProblem } from './problem.ts';
import { type Provenance, provenanceOf } from './provenance.ts';
import { recover } from './recover.ts';
import { startRefWatcher } from './ref-watcher.ts';
import type { RemoteStatus } from './remote/follower.ts';
import { createFollowing, type FollowedRemote, type Following } from './remote/following.ts';
import { hostRepository, openRepository, type Repository, readTip } from './repository.ts';
import type { PodLogs } from './revert/evidence.ts';
import { type Degraded, startReverter } from './revert/reverter.ts';
import type { StateKey } from './state/sealed.ts';
import { startStateKeeper } from './state/state-keeper.ts';
import { startStatus } from './status/start-status.ts';
import type { StatusKeeper } from './status/status-keeper.ts';
import { startResumption } from './suspension/resumption.ts';
import type { Suspension } from './suspension/suspension.ts';
import { readRootFile } from './trust/root-file.ts';
import { openSigningKey } from './trust/signing-key.ts';
import { createTrust, type Trust } from './trust/trust.ts';
import { CommitChain } from './write-back/commit-chain.ts';
import { createGitPersistence } from './write-back/persistence.ts';
import { Proposer } from './write-back/propose.ts';
import { createSettler } from './write-back/settle.ts';
import { Writer } from './write-back/writer.ts';

export interface GitOptions extends Omit<EngineOptions, 'repository' | 'ledger' | 'trust' | 'confirmations'> {
  dataDir: string;
  /** `--repo`: a repository of this host, or a remote; without either `dataDir/desired.git` is hosted. */
  repositoryPath?: string;
  remote?: FollowedRemote;
  /** `--branch`, usually `main`. */
  branch: string;
  ids: Ids;
  random: Random;
  /** `--allowed-signers`: who may sign, whatever commits say. */
  allowedSigners?: string;
  /** How URLs that the repository names are called; without it, never this host's own. */
  outgoing?: Outgoing;
  /** For the evidence of a revert; without it, none is read. */
  podLogs?: PodLogs;
  editor: ManifestEditor;
  schemas: SchemaSet;
  /** Under which the checkpoint for a rebuild is kept in the repository; without it none is kept. */
  stateKey?: StateKey;
}

export interface GitStatus {
  repository: string;
  ref: string;
  /** In force; undefined before the first. */
  commit: string | undefined;
  objects: number;
  refused: RefusedTip | undefined;
  suspended: Suspension | undefined;
  /** An admitted tip that is not in force while the repository is suspended. */
  waiting: string | undefined;
  /** A failed commit that people have to look at. */
  degraded: Degraded | undefined;
  /** The remote that is followed. */
  remote: RemoteStatus | undefined;
}

export interface GitService {
  readonly repository: Repository;
  readonly engine: GitEngine;
  /** Mounted at `/git/desired.git` by the API server, which has authenticated before. */
  handleGitHttp(request: IncomingMessage, response: ServerResponse, user: UserInfo): Promise<void>;
  /** Mounted at `/hooks/git`, for everybody: the signature is judged here. */
  handleWebhook(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** What became of each commit. */
  readonly statuses: StatusKeeper;
  /** Resolves when the notes on commits are written. */
  notesWritten(): Promise<void>;
  /** Resolves when what has failed so far is reverted, or proposed to be. */
  reverted(): Promise<void>;
  /** Resolves when everybody was told, or will not be. */
  reported(): Promise<void>;
  /** The API's persistence: people's writes to what follows git become commits, the rest goes to `runtime`. */
  persistence(runtime: Persistence): Persistence;
  /** What was in force before. */
  readonly history: GitHistory;
  /** Where an object of the store (by its key) comes from; undefined when it is not in git. */
  provenance(key: string): Promise<Provenance | undefined>;
  /**
   * Lets a commit pass that the prune guard holds back, or, with an allowed signer's signature over `confirmStatement`, one whose signatures are not good
   * enough. Tries it when it is the tip. Throws 403 for any other signature.
   */
  confirm(
    commit: string,
    signature?: string,
  ): Promise<{ commit: string; inForce: boolean; problems: readonly string[] }>;
  /** Resolves when all that has happened so far is kept in the repository for a rebuild. */
  checkpoint(): Promise<void>;
  status(): GitStatus;
  /** Fetches the followed remote now (in a moment, with whoever else asks). */
  wake(): void;
  stop(): Promise<void>;
}

/** Resolves when the branch's tip is in force (or refused and reported) and pushes are taken. */
export async function startGit(options: GitOptions): Promise<GitService> {
  const { dataDir, branch, repositoryPath, clock, log, ids, authorizer } = options;
  const hooksDir = join(dataDir, 'hooks');
  const repository = repositoryPath
    ? await openRepository(repositoryPath, branch)
    : await hostRepository(join(dataDir, 'desired.git'), branch, hooksDir, options.remote?.remote.url);
  const trust = await openTrust(options, repository);
  const ledger = await openLedger({ store: options.store, directory: join(dataDir, 'ledger'), log });
  const confirmations = await openConfirmations(join(dataDir, 'confirmations'));
  const engine = new GitEngine({ ...options, repository, ledger, trust, confirmations });
  await recover(engine, ids);
  const wasInForce = engine.state.commit !== undefined;
  const { outgoing = createOutgoing({ allowed: [] }), random, remote } = options;
  const following = createFollowing(engine, { remote, dataDir, random });
  const writeBack = createWriteBack(engine, following, options);
  const status = await startStatus({ engine, dataDir, outgoing, random, ids, notesWritten: following.shareNotes });
  const sessions = new HookSessions(clock, isAlive);
  const moves = new AdmittedMoves(engine, sessions);
  const server = await startHooks(engine, sessions, moves, dataDir);
  const http = createHttpBackend({ repository, sessions, authorizer, ids, log, settled: () => engine.settled() });
  // A new mirror has no branch before the first fetch; that is no deletion.
  if (!following.follower || (await readTip(repository)) !== undefined) await engine.catchUp();
  await following.start();
  const watcher = await startRefWatcher(engine, moves, clock, log);
  const keeper = options.stateKey && (await startStateKeeper(engine, options.stateKey, ids, following.shareState));
  const drift = startDriftWatch(engine);
  const { podLogs = async () => '' } = options;
  const about = { keeper: status.keeper, reporter: status.reporter };
  const reverter = startReverter({ engine, ...about, ids, podLogs, ...following.reverts });
  // What has just come into force for the first time cannot have drifted.
  if (wasInForce) drift.lookAtAll();
  const resumption = startResumption(engine, () => drift.lookAtAll());
  return {
    repository,
    engine,
    statuses: status.keeper,
    notesWritten: () => status.notes.flushed(),
    reverted: () => reverter.idle(),
    reported: () => status.reporter.idle(),
    handleGitHttp: http.handleGitHttp,
    handleWebhook: following.handleWebhook,
    persistence: (runtime) => createGitPersistence(engine, writeBack, runtime),
    checkpoint: async () => keeper?.flush(),
    history: new GitHistory(engine),
    provenance: (key) => provenanceOf(engine, key),
    confirm: (commit, signature) => confirm(engine, commit, signature),
    status: () => ({ ...statusOf(engine), degraded: reverter.degraded(), remote: following.status() }),
    wake: () => following.follower?.wake(),
    async stop() {
      await following.close();
      http.close();
      drift.stop();
      reverter.stop();
      await reverter.idle();
      await status.stop();
      resumption.stop();
      await watcher.close();
      await server.close();
      sessions.abandon();
      await engine.settled().catch(() => {}); // what is left is in the store's record
      await keeper?.stop();
      await following.shared();
      writeBack.settler.close();
      await ledger.close();
      engine.close();
    },
  };
}

/** Throws for a file of signers that cannot be used: better at the start than at the first push. */
async function openTrust({ dataDir, clock, allowedSigners }: GitOptions, repository: Repository): Promise<Trust> {
  if (allowedSigners) await readRootFile(allowedSigners);
  return createTrust({
    repository,
    clock,
    runDir: join(dataDir, 'run'),
    signingKey: await openSigningKey(join(dataDir, 'keys')),
    ...(allowedSigners ? { rootFile: allowedSigners } : {}),
  });
}

/** The repository's own hooks, and our end of their socket. */
async function startHooks(
  engine: GitEngine,
  sessions: HookSessions,
  moves: AdmittedMoves,
  dataDir: string,
): Promise<HookServer> {
  const { repository, log } = engine.options;
  const socketPath = join(dataDir, 'run', 'hooks.sock');
  const server = await startHookServer({
    socketPath,
    log,
    handlers: {
      'pre-receive': preReceive(engine, sessions),
      'reference-transaction': referenceTransaction(engine, sessions, moves),
      'post-receive': postReceive(engine, sessions),
    },
  });
  const foreign = await installHooks({ repository, hooksDir: join(dataDir, 'hooks'), socketPath });
  if (foreign.length > 0) {
    log.warn(
      { hooks: foreign },
      'the repository has hooks of its own; pushes are judged only after they have happened',
    );
  }
  return server;
}

const UNSIGNED_CONFIRMATION =
  'only what it removes is confirmed: should it not be signed as trust demands, that takes an allowed signer’s signature (--ssh-key, --gpg-key or --signature)';

async function confirm(
  engine: GitEngine,
  commit: string,
  signature: string | undefined,
): ReturnType<GitService['confirm']> {
  const { trust } = engine.options;
  if (signature !== undefined) {
    const reason = await trust.refuseConfirmation(engine.state.configuration.trust, commit, signature);
    if (reason !== undefined) throw new StatusError(403, 'Forbidden', `the confirmation of ${commit}: ${reason}`);
  }
  await engine.confirmations.add(commit, signature === undefined ? 'prune' : 'trust');
  await engine.catchUp();
  const { refused, state } = engine;
  const inForce = state.commit === commit;
  const problems = refused?.commit === commit ? refused.problems.map(formatProblem) : [];
  if (!inForce && problems.length === 0 && signature === undefined && trust.isRequired(state.configuration.trust))
    problems.push(UNSIGNED_CONFIRMATION);
  return { commit, inForce, problems };
}

function statusOf({ options, state, refused, suspension, waiting }: GitEngine): Omit<GitStatus, 'degraded' | 'remote'> {
  const { repository } = options;
  return {
    repository: repository.gitDir,
    ref: repository.ref,
    commit: state.commit,
    objects: state.objects.size,
    refused,
    suspended: suspension,
    waiting: waiting?.commit,
  };
}

/** The writer of API writes and what brings them into the repository; pushes wait for the latter. */
function createWriteBack(engine: GitEngine, { follower }: Following, options: GitOptions) {
  const { editor, schemas, clock, ids, log } = options;
  const { repository } = engine.options;
  const chain = new CommitChain(engine.reader, (content) => engine.options.trust.signCommit(content));
  const settler = createSettler({ repository, store: engine.options.store, clock, ids, log });
  engine.settled = settler.settled;
  engine.unsettled = () => settler.isBusy;
  const tools = { engine, editor, schemas, ids, follower };
  return { settler, writer: new Writer({ ...tools, settler, chain }), proposer: new Proposer(tools) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

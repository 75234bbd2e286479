/**
 * The state of the git layer and the few steps that change it: judge a commit, publish it, catch up with the branch.
 * Hooks, the ref's watcher, write-back and drift all go through here.
 *
 * Invariants: only the holder of the lease publishes; `state` is what the store holds; a commit that is refused leaves the last good one in force
 * and is reported, and a later good commit is never held up by it.
 */

import type { Authorizer, UserInfo } from '../auth/user.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { KindRegistry } from '../kinds/kind.ts';
import type { Store } from '../store/store.ts';
import { loadCandidate } from './candidate.ts';
import { readCommit, trailersOf } from './commit-object.ts';
import type { Configuration } from './configuration/configuration.ts';
import type { Confirmations } from './confirmations.ts';
import { admissionAfter } from './definitions.ts';
import { type Candidate, DesiredState, type ObjectChanges } from './desired-state.ts';
import { type Judgement, judgeCandidate } from './judge.ts';
import { type Lease, WriteLease } from './lease.ts';
import type { Ledger } from './ledger/ledger.ts';
import { LEASE_MS_MAX, RECORDS_DELAY_MS } from './limits.ts';
import { createObjectReader, type ObjectReader } from './object-reader.ts';
import { type AdmissionPort, type EventSink, HOST_ADMINISTRATOR, type ManifestReader } from './ports.ts';
import { formatProblem, type PushProblem } from './problem.ts';
import { CONFIRM_TRAILER } from './prune/guard.ts';
import { type Publication, PublicationRefused, publishJudgement } from './publish.ts';
import type { QuarantineReader } from './quarantine-reader.ts';
import { hasCommit, isRelated, type Repository, readTip, repairTip } from './repository.ts';
import { refuseContent } from './revert/refuse-content.ts';
import { HoldKeeper } from './rollout/hold-keeper.ts';
import type { SecretSettings } from './secrets/plain-text.ts';
import type { CommitStatus } from './status/commit-status.ts';
import { describeSuspension, type Suspension, suspensionOf } from './suspension/suspension.ts';
import type { Trust } from './trust/trust.ts';

export interface EngineOptions {
  repository: Repository;
  /** `--path`: the folder that manifests are under; `''`: the root. */
  folder: string;
  store: Store;
  /** Over the same store; the engine closes it. */
  ledger: Ledger;
  registry: KindRegistry;
  admission: AdmissionPort;
  authorizer: Authorizer;
  manifests: ManifestReader;
  clock: Clock;
  log: Logger;
  events: EventSink;
  trust: Trust;
  confirmations: Confirmations;
  /** The daemon's own public keys, the current one first; none: Secrets written through the API stay out of git. */
  recipients?: readonly string[];
}

/** A tip that is not in force, and why. */
export interface RefusedTip {
  /** Whose fault it is. */
  commit: string;
  /** Where the branch is: that commit, or writes of the daemon's own on top of it. */
  tip: string;
  problems: readonly PushProblem[];
}

/** A tip that was admitted and waits until the repository is suspended no more. */
export interface WaitingTip {
  commit: string;
  suspension: Suspension;
}

/** Where a commit's objects are when they are not in the repository yet. */
export interface Quarantine {
  reader: QuarantineReader;
  objects: Readonly<Record<string, string>>;
}

/** A commit that was judged and may not come into force. */
export interface Refusal extends Omit<RefusedTip, 'tip'> {
  /** Who brought it. */
  by: string;
}

/** What concerns the branch as a whole is told as Events of the namespace that always follows git. */
const REPORTED_ON = '/registry/core/namespaces/default';

/** What a commit is judged against, when that is not what is in force. */
export interface Against {
  state: DesiredState;
  admission: AdmissionPort;
  /** Whose signatures count, when the commit itself is a merge that nobody has made yet. */
  signed?: string;
}

export class GitEngine {
  readonly options: EngineOptions;
  readonly state = new DesiredState();
  readonly lease: WriteLease;
  readonly reader: ObjectReader;
  /** Values that git itself stored: the drift watch knows them by identity. */
  readonly own = new WeakSet<object>();
  readonly holds: HoldKeeper;
  #refused: RefusedTip | undefined;
  #waiting: WaitingTip | undefined;
  #cancelFlush: (() => void) | undefined;
  readonly #changeListeners = new Set<() => void>();
  readonly #listeners = new Set<(publication: Publication) => void>();
  readonly #refusalListeners = new Set<(refusal: Refusal) => void>();
  /** Resolves when every acknowledged write is in the repository; write-back replaces it. */
  settled: () => Promise<void> = () => Promise.resolve();
  /** Whether there are acknowledged writes that are not in the repository yet. */
  unsettled: () => boolean = () => false;

  /** The commit of the same content that failed and was reverted; the statuses replace it. */
  failedBefore: (changes: ObjectChanges) => CommitStatus | undefined = () => undefined;

  constructor(options: EngineOptions) {
    this.options = options;
    this.lease = new WriteLease(options.clock);
    this.reader = createObjectReader(options.repository, { clock: options.clock });
    this.holds = new HoldKeeper(this);
  }

  get confirmations(): Confirmations {
    return this.options.confirmations;
  }

  get refused(): RefusedTip | undefined {
    return this.#refused;
  }

  /** Which commit was in force when. */
  get ledger(): Ledger {
    return this.options.ledger;
  }

  get waiting(): WaitingTip | undefined {
    return this.#waiting;
  }

  /** Of the repository as a whole; undefined when it is not suspended now. */
  get suspension(): Suspension | undefined {
    return suspensionOf(this.state.configuration, this.options.clock.now());
  }

  /** Called when another commit is in force, was refused, or waits. */
  onChange(listener: () => void): void {
    this.#changeListeners.add(listener);
  }

  #changed(): void {
    for (const listener of this.#changeListeners) listener();
  }

  /** As the configuration in force says. */
  get secrets(): SecretSettings {
    return this.#secretSettings(this.state.configuration);
  }

  #secretSettings({ secrets: { plainText, recipients } }: Configuration): SecretSettings {
    const { recipients: own = [] } = this.options;
    // What it could not read back, the daemon does not write.
    return { plainText, recipients: own.length > 0 ? [...new Set([...own.slice(0, 1), ...recipients])] : [] };
  }

  onPublished(listener: (publication: Publication) => void): void {
    this.#listeners.add(listener);
  }

  onRefused(listener: (refusal: Refusal) => void): void {
    this.#refusalListeners.add(listener);
  }

  /** A commit was refused before it reached the branch. */
  announceRefusal(refusal: Refusal): void {
    for (const listener of this.#refusalListeners) listener(refusal);
  }

  /** The lease, with everything acknowledged so far in the repository: what git shows is what is in force. */
  async acquire(waitMs = LEASE_MS_MAX): Promise<Lease> {
    const lease = await this.lease.acquire(waitMs);
    try {
      await this.settled();
    } catch (error) {
      lease.release();
      throw error;
    }
    return lease;
  }

  /** `against`: another state than what is in force, and the cluster as it then is; for plans. */
  async judge(commit: string, user: UserInfo, quarantine?: Quarantine, against?: Against): Promise<Judgement> {
    const { state, admission } = against ?? { state: this.state, admission: this.options.admission };
    const distrusted = await this.#judgeTrust(against?.signed ?? commit, quarantine);
    if (distrusted.length > 0) return refusedUnread(state, commit, distrusted);
    const { repository, folder, manifests, registry } = this.options;
    const reader = quarantine?.reader ?? this.reader;
    const { environment } = admission;
    const source = { place: repository, folder, reader, manifests, registry, environment };
    const { candidate, problems } = await loadCandidate(
      { ...source, ...(quarantine ? { objects: quarantine.objects, packed: quarantine.reader.packed } : {}) },
      state,
      commit,
    );
    // A commit that changes the rules is judged by its own.
    const secrets = this.#secretSettings(candidate.configuration ?? state.configuration);
    const judgement = await judgeCandidate({
      ...this.#judging(),
      admission: admissionAfter(admission, candidate),
      state,
      secrets,
      isConfirmed: () => this.#confirmsPrune(reader, commit),
      isPlan: against !== undefined,
      candidate,
      formProblems: problems,
      user,
      reader,
    });
    const again = judgement.problems.length > 0 ? undefined : this.failedBefore(judgement.changes);
    const problem = again && refuseContent(again, (await readCommit(reader, commit)).message);
    if (problem) return { ...judgement, problems: [problem] };
    const unused = candidate.configuration ? await this.options.trust.warnings(candidate.configuration.trust) : [];
    return { ...judgement, warnings: [...judgement.warnings, ...unused] };
  }

  /** Before anything of the commit is parsed. */
  async #judgeTrust(commit: string, quarantine?: Quarantine): Promise<readonly PushProblem[]> {
    if (this.confirmations.covers(commit, 'trust')) return [];
    return this.options.trust.judgeRange(this.state.configuration.trust, {
      from: this.state.commit,
      admitted: this.#waiting?.commit,
      to: commit,
      reader: quarantine?.reader ?? this.reader,
      ...(quarantine ? { objects: quarantine.objects } : {}),
    });
  }

  async #confirmsPrune(reader: ObjectReader, commit: string): Promise<boolean> {
    if (this.confirmations.covers(commit, 'prune')) return true;
    const { message } = await readCommit(reader, commit);
    return trailersOf(message).some(({ key, value }) => key === CONFIRM_TRAILER.key && value === CONFIRM_TRAILER.value);
  }

  /** What is wrong with one file of a candidate by itself, on top of what is in force. */
  async judgeFile(candidate: Candidate, path: string, user: UserInfo): Promise<readonly PushProblem[]> {
    const { state, secrets, reader } = this;
    const { commit, ignore, files } = candidate;
    const judgement = await judgeCandidate({
      ...this.#judging(),
      state,
      secrets,
      isConfirmed: async () => true,
      candidate: { commit, ignore, files: new Map([[path, files.get(path)]]) },
      formProblems: [],
      user,
      reader,
    });
    return judgement.problems;
  }

  /** What every judgement needs, whatever it is about. */
  #judging() {
    const { admission, authorizer, manifests, store, clock } = this.options;
    const heldFor = (key: string) => this.holds.heldFor(key);
    return { admission, authorizer, manifests, store, clock, heldFor, nowMs: clock.now() };
  }

  /** The caller holds the lease. Undefined: the commit is good and waits, for the repository is suspended. */
  async publish(judgement: Judgement, user: UserInfo): Promise<Publication | undefined> {
    const { store, admission, clock, log } = this.options;
    const { state, own, holds } = this;
    if (this.#mustWait(judgement)) return undefined;
    const publication = await publishJudgement({ state, judgement, user, store, admission, clock, log, own, holds });
    this.#refused = undefined;
    this.#waiting = undefined;
    this.announce(publication);
    this.#changed();
    return publication;
  }

  /** While suspended, a commit only comes into force when it ends the suspension. */
  #mustWait({ candidate }: Judgement): boolean {
    const { state } = this;
    const { clock, log } = this.options;
    const suspension = suspensionOf(state.configurationAt(candidate), clock.now());
    if (!this.suspension || !suspension) return false;
    const isNews = this.#waiting?.commit !== candidate.commit;
    state.configureBy(candidate);
    this.#refused = undefined;
    this.#waiting = { commit: candidate.commit, suspension };
    if (isNews)
      log.info({ commit: candidate.commit, inForce: state.commit }, `the tip waits: ${describeSuspension(suspension)}`);
    this.#changed();
    return true;
  }

  announce(publication: Publication): void {
    this.#cancelFlush ??= this.options.clock.after(RECORDS_DELAY_MS, () => {
      this.#cancelFlush = undefined;
      void this.ledger.flush();
    });
    for (const listener of this.#listeners) listener(publication);
  }

  /**
   * Brings the branch's tip into force when it is not. Never throws for what the tip holds: then it is refused and reported.
   * Used at start, by the ref's watcher and after a publication that failed.
   */
  async catchUp(): Promise<void> {
    // The usual case, after each of our own moves: nothing to do, and no reason to hold writers up.
    if (!this.unsettled() && !this.#refused && (await this.#isCurrent())) return;
    const lease = await this.acquire();
    try {
      await this.catchUpLocked();
    } finally {
      lease.release();
    }
  }

  async #isCurrent(): Promise<boolean> {
    const { commit } = this.state;
    const tip = await readTip(this.options.repository).catch(() => undefined);
    const waits = this.suspension !== undefined && tip === this.#waiting?.commit;
    return tip !== undefined && (tip === commit || waits);
  }

  /** {@link catchUp} for whoever holds the lease. */
  async catchUpLocked(): Promise<void> {
    const { repository, log } = this.options;
    const tip = await this.#readTip();
    if (tip === this.state.commit) {
      this.#refused = undefined;
      this.#waiting = undefined;
      return;
    }
    if (tip === undefined) {
      this.reportRefused(this.state.commit ?? '', [
        { file: '', message: `the branch ${repository.ref} was deleted; what it said stays in force` },
      ]);
      return;
    }
    const judgement = await this.judgeMove(tip, HOST_ADMINISTRATOR).catch((error: unknown) => toJudgeFailure(error));
    if ('unreadable' in judgement) {
      this.reportRefused(tip, [judgement.unreadable]);
      return;
    }
    if (judgement.problems.length > 0) {
      this.reportRefused(tip, judgement.problems);
      return;
    }
    try {
      const publication = await this.publish(judgement, HOST_ADMINISTRATOR);
      if (!publication) return;
      const { outcomes, revision } = publication;
      log.info({ commit: tip, objects: outcomes.length, revision }, 'the branch moved; its tip is in force');
    } catch (error) {
      if (!(error instanceof PublicationRefused)) throw error;
      this.reportRefused(tip, error.problems);
    }
  }

  /** A ref that was cut off is put back to where it was. */
  async #readTip(): Promise<string | undefined> {
    const { repository, log } = this.options;
    const known = this.#waiting?.commit ?? this.#refused?.tip ?? this.state.commit;
    return readTip(repository).catch(async (error: unknown) => {
      if (!(await repairTip(repository, known).catch(() => false))) throw error;
      log.warn({ commit: known }, `${repository.ref} was broken; it points to where it was again`);
      return known;
    });
  }

  /** {@link judge} for a ref that moved without a push: a rewritten history counts as a problem only when nothing is shared with it. */
  async judgeMove(tip: string, user: UserInfo): Promise<Judgement> {
    const { repository } = this.options;
    const from = this.state.commit;
    const judgement = await this.judge(tip, user);
    if (from === undefined || judgement.problems.length > 0 || this.confirmations.covers(tip, 'prune'))
      return judgement;
    const { changed, removed } = judgement.changes;
    if (changed.length === 0 && removed.length === 0) return judgement; // a squash: other history, the same content
    if (!(await hasCommit(repository, from)) || (await isRelated(repository, from, tip))) return judgement;
    const message = `the new tip shares no history with ${from.slice(0, 12)}, which is in force`;
    return {
      ...judgement,
      problems: [
        { file: '', message, expected: 'a commit that descends from it; if it is meant: `reflet confirm` with its id' },
      ],
    };
  }

  /** The tip cannot come into force; the last good commit stays. */
  reportRefused(tip: string, problems: readonly PushProblem[]): void {
    const { log } = this.options;
    const before = this.#refused;
    const commit = before?.tip === tip ? before.commit : tip;
    this.#refused = { commit, tip, problems };
    this.#changed();
    if (before?.commit === commit) return;
    const lines = problems.slice(0, 5).map(formatProblem);
    log.error({ commit, inForce: this.state.commit, problems: lines }, 'the branch cannot be put into force');
    this.announceRefusal({ commit, problems, by: '' });
    this.tell('Warning', 'CommitRefused', `${commit.slice(0, 12)} is not in force: ${lines[0] ?? ''}`);
  }

  /** A write was made on top of the refused tip: that is as refused as before. */
  extendRefused(tip: string): void {
    if (this.#refused) this.#refused = { ...this.#refused, tip };
  }

  /** An Event about the branch as a whole. */
  tell(type: 'Normal' | 'Warning', reason: string, message: string): void {
    const about = this.options.store.get(REPORTED_ON)?.value;
    if (about) this.options.events.event(about, type, reason, message);
  }

  close(): void {
    this.#cancelFlush?.();
    this.holds.stop();
    this.reader.close();
  }
}

/** Refused before it was read. */
function refusedUnread({ ignore }: DesiredState, commit: string, problems: readonly PushProblem[]): Judgement {
  const changes = { changed: [], removed: [] };
  return { candidate: { commit, ignore, files: new Map() }, changes, problems, warnings: [] };
}

/** What cannot be read is refused by name; it is never taken for an empty tree. */
function toJudgeFailure(error: unknown): { unreadable: PushProblem } {
  const message = `the commit cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  return { unreadable: { file: '', message, expected: 'a repository that `git fsck` finds whole' } };
}

/**
 * Follows every commit from its publication (or refusal) until it is healthy, has failed or is superseded, and tells whoever listens. It reads the
 * store's watch and writes only the history.
 *
 * Invariants: a status says healthy only when every object that the commit changed is, at the revision that it names; a later commit supersedes at
 * once; what is known survives a restart.
 */

import { formatTime, parseTime } from '../../base/clock.ts';
import { nextTurn } from '../../base/turn.ts';
import type { GitEngine } from '../engine.ts';
import { STATUS_LATE_MAX, STATUS_OBJECTS_MAX } from '../limits.ts';
import { describeObject, type NamedObject } from '../manifest-file.ts';
import { formatProblem, type PushProblem } from '../problem.ts';
import { healthOf, isWaitedFor } from '../progress/health.ts';
import type { Publication } from '../publish.ts';
import { type CommitState, type CommitStatus, isFinal, type ObjectStatus } from './commit-status.ts';
import { type StatusInput, type TrackedObject, toObjectStatus } from './decide-status.ts';
import type { StatusHistory } from './history.ts';
import { TrackedCommit } from './tracked-commit.ts';

export interface StatusChange {
  status: CommitStatus;
  before: CommitState | undefined;
}

/** A superseded commit's object failed after all. */
export interface LateFailure {
  status: CommitStatus;
  object: ObjectStatus;
}

export class StatusKeeper {
  readonly #engine: GitEngine;
  readonly #history: StatusHistory;
  /** The commit in force, and superseded ones with unfinished objects that no later commit changed. */
  readonly #tracked = new Map<string, TrackedCommit>();
  readonly #listeners = new Set<(change: StatusChange) => void>();
  readonly #lateListeners = new Set<(late: LateFailure) => void>();
  #due = new Set<string>();
  #running = false;
  #stopped = false;
  #stop = () => {};

  constructor(engine: GitEngine, history: StatusHistory) {
    this.#engine = engine;
    this.#history = history;
  }

  onChange(listener: (change: StatusChange) => void): void {
    this.#listeners.add(listener);
  }

  onLateFailure(listener: (late: LateFailure) => void): void {
    this.#lateListeners.add(listener);
  }

  /** With the objects as they are now, for a commit that is in force. */
  get(commit: string): CommitStatus | undefined {
    const tracked = this.#tracked.get(commit);
    if (!tracked || tracked.status.state === 'superseded') return this.#history.get(commit);
    return { ...tracked.status, ...listed(tracked.objectsNow(this.#world(tracked))) };
  }

  /** Newest first. */
  list(): readonly CommitStatus[] {
    return this.#history.list().map(({ commit }) => this.get(commit)!);
  }

  /** The newest commit with this content that was taken back, or proposed to be. */
  takenBack(content: string): CommitStatus | undefined {
    return this.#history.list().find((one) => one.content === content && (one.revertedBy || one.proposal));
  }

  /** Whether any commit was reverted. */
  get hasReverted(): boolean {
    return this.#history.list().some(({ revertedBy }) => revertedBy !== undefined);
  }

  /** The newest commit with this content that was reverted. */
  revertedBefore(content: string): CommitStatus | undefined {
    return this.#history.list().find((one) => one.content === content && one.revertedBy);
  }

  /** Resolves when what is known is on the disk. */
  flushed(): Promise<void> {
    return this.#history.flushed();
  }

  start(): void {
    const { store } = this.#engine.options;
    const { commit } = this.#engine.state;
    for (const status of [...this.#history.list()].reverse()) {
      if (status.commit === commit) this.#resume(status);
      else if (!isFinal(status))
        this.#enter({ ...status, ...(commit ? { supersededBy: commit } : {}) }, 'superseded', status.state);
    }
    if (commit !== undefined && !this.#history.get(commit)) this.#adopt(commit);
    this.#engine.onPublished((publication) => this.#published(publication));
    this.#engine.onRefused((refusal) => this.#refused(refusal));
    this.#stop = store.subscribe('/registry/', store.revision, {
      events: (batch) => {
        for (const [commit, tracked] of this.#tracked) {
          // Healthy is said once: what happens to the objects afterwards is the cluster's health, not the commit's.
          if (tracked.status.state === 'healthy') continue;
          let matters = false;
          for (const { key } of batch) matters = tracked.touch(key) || matters;
          if (matters) this.#look(commit);
        }
      },
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stop();
    for (const { cancelDeadline } of this.#tracked.values()) cancelDeadline();
    await this.#history.flushed();
  }

  /** Adds to what is known of a commit: what took it back, for example. */
  amend(commit: string, more: Pick<Partial<CommitStatus>, 'proposal'> & { revertedBy?: string | undefined }): void {
    const tracked = this.#tracked.get(commit);
    const status = tracked?.status ?? this.#history.get(commit);
    if (!status) return;
    const { revertedBy = status.revertedBy, ...rest } = more;
    const { revertedBy: _before, ...kept } = status;
    const isTakenOut = 'revertedBy' in more && more.revertedBy === undefined;
    const next: CommitStatus = { ...kept, ...rest, ...(revertedBy && !isTakenOut ? { revertedBy } : {}) };
    if (tracked) tracked.status = next;
    this.#keep(next, status.state);
  }

  /** They came with this publication, and were never in force by themselves. Returns what is known of them now. */
  passOver(commits: readonly string[], { commit, atMs, user }: Publication): readonly CommitStatus[] {
    const times = { superseded: formatTime(atMs) };
    const by = user.username;
    return commits
      .filter((one) => !this.#history.get(one))
      .map((one) => {
        const status = { commit: one, state: 'superseded', times, by, supersededBy: commit } as const;
        const whole: CommitStatus = { ...status, objects: [], moreObjects: 0 };
        this.#history.put(whole);
        return whole;
      });
  }

  #published({ commit, parent, revision, atMs, user, outcomes, order, content }: Publication): void {
    const { clock } = this.#engine.options;
    const objects = outcomes.flatMap(({ names, action }): TrackedObject[] =>
      action === 'unchanged' || action === 'kept' || action === 'suspended'
        ? []
        : [newlyTracked(names, action, clock.now())],
    );
    this.#supersede(commit, new Set(objects.map(({ key }) => key)));
    const status: CommitStatus = {
      commit,
      ...(parent ? { parent } : {}),
      state: 'admitted',
      times: { admitted: formatTime(atMs) },
      by: user.username,
      revision,
      objects: [],
      moreObjects: 0,
      ...(order ? { order } : {}),
      ...(content ? { content } : {}),
    };
    this.#track(status, atMs, objects);
    // Written down with what is found now; told before that.
    for (const listener of this.#listeners) listener({ status, before: undefined });
    this.#evaluate(commit);
  }

  #refused({ commit, problems, by }: { commit: string; problems: readonly PushProblem[]; by: string }): void {
    if (commit === this.#engine.state.commit) return;
    const before = this.#history.get(commit);
    const status: CommitStatus = {
      commit,
      state: 'refused',
      times: {},
      by,
      objects: [],
      moreObjects: 0,
      problems: problems.slice(0, PROBLEMS_KEPT_MAX).map(formatProblem),
    };
    this.#enter(status, 'refused', before?.state);
  }

  /** Everything that was in force gives way; objects that nobody changed again are watched a while longer. */
  #supersede(by: string, changed: ReadonlySet<string>): void {
    for (const [commit, tracked] of this.#tracked) {
      const left = tracked.retain(({ key, health }) => health.state === 'progressing' && !changed.has(key));
      if (!isFinal(tracked.status)) {
        // What was taken back had failed, even when its objects moved once more before they went.
        const { revertedBy } = tracked.status;
        if (!revertedBy) tracked.status = { ...tracked.status, supersededBy: by };
        this.#enterTracked(tracked, revertedBy ? 'failed' : 'superseded');
      }
      if (left === 0 || tracked.status.state !== 'superseded') this.#forget(commit);
    }
    for (const commit of this.#tracked.keys()) {
      if (this.#tracked.size <= STATUS_LATE_MAX) break;
      this.#forget(commit);
    }
  }

  #forget(commit: string): void {
    this.#tracked.get(commit)?.cancelDeadline();
    this.#tracked.delete(commit);
  }

  #track(status: CommitStatus, sinceMs: number, objects: readonly TrackedObject[]): void {
    const { holds } = this.#engine;
    const dependencies = (key: string) => holds.dependenciesOf(key).map(({ storeKey }) => storeKey);
    this.#tracked.set(status.commit, new TrackedCommit(status, sinceMs, objects, dependencies));
  }

  /** After a restart: the commit in force is looked at again until it is healthy. */
  #resume(status: CommitStatus): void {
    const now = this.#engine.options.clock.now();
    const listed = status.objects.map(({ key, object, action, state, text }): TrackedObject => {
      return { key, object, action, health: { state, text }, step: '', stepMs: now };
    });
    const known = new Set(listed.map(({ key }) => key));
    // Those that were not written down one by one may be any.
    const others = status.moreObjects > 0 ? this.#workloads(now).filter(({ key }) => !known.has(key)) : [];
    this.#track(status, parseTime(status.times.admitted ?? '') || now, [...listed, ...others]);
    if (status.state !== 'healthy') this.#look(status.commit);
  }

  /** In force before anything was written down about it (a crash, or files that are lost): its workloads are looked at. */
  #adopt(commit: string): void {
    const now = this.#engine.options.clock.now();
    const times = { admitted: formatTime(now) };
    this.#track({ commit, state: 'admitted', times, by: '', objects: [], moreObjects: 0 }, 0, this.#workloads(now));
    this.#look(commit);
  }

  #workloads(now: number): TrackedObject[] {
    return [...this.#engine.state.objects.values()].flatMap(({ names }) =>
      isWaitedFor(names.kind.resource.kind) ? [newlyTracked(names, 'configured', now)] : [],
    );
  }

  #look(commit: string): void {
    this.#due.add(commit);
    if (this.#running || this.#stopped) return;
    this.#running = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    while (this.#due.size > 0 && !this.#stopped) {
      await nextTurn(); // a burst of changes is looked at once
      const due = this.#due;
      this.#due = new Set();
      for (const commit of due) this.#evaluate(commit);
    }
    this.#running = false;
  }

  /** Synchronous: what it finds is true of one revision. */
  #evaluate(commit: string): void {
    const tracked = this.#tracked.get(commit);
    if (!tracked || this.#stopped) return;
    const { state, afterMs } = tracked.look(this.#world(tracked));
    if (afterMs !== undefined) this.#lookAfter(tracked, afterMs);
    if (tracked.status.state === 'superseded') this.#late(tracked);
    else this.#settle(tracked, state);
  }

  /** Early is no harm: then all are looked at, and the next deadline is found. */
  #lookAfter(tracked: TrackedCommit, afterMs: number): void {
    tracked.cancelDeadline();
    tracked.cancelDeadline = this.#engine.options.clock.after(afterMs, () => {
      tracked.touchAll();
      this.#look(tracked.status.commit);
    });
  }

  #world(tracked: TrackedCommit): Pick<StatusInput, 'now' | 'live' | 'failedCondition'> {
    const { store, clock } = this.#engine.options;
    return {
      now: clock.now(),
      live: (key) => store.get(key)?.value,
      failedCondition: (key) => this.#failedCondition(key, tracked),
    };
  }

  #settle(tracked: TrackedCommit, state: CommitState): void {
    const { status } = tracked;
    if (status.state === 'healthy' || status.state === state) return;
    const { store } = this.#engine.options;
    tracked.status = {
      ...status,
      ...listed(tracked.objects),
      ...(state === 'healthy' ? { healthyRevision: store.revision } : {}),
    };
    this.#enterTracked(tracked, state);
  }

  #late(tracked: TrackedCommit): void {
    const failed = tracked.objects.find(({ health }) => health.state === 'failed');
    const left = tracked.retain(({ health }) => health.state === 'progressing');
    if (left === 0 || failed) this.#forget(tracked.status.commit);
    if (!failed) return;
    const object = toObjectStatus(failed);
    const message = `superseded, and failed later: ${object.object} ${object.text}`;
    tracked.status = { ...tracked.status, message };
    this.#keep(tracked.status, 'superseded');
    for (const listener of this.#lateListeners) listener({ status: tracked.status, object });
  }

  /** Of another commit: what this one changes is judged itself. */
  #failedCondition(key: string, own: TrackedCommit): string | undefined {
    const { store } = this.#engine.options;
    for (const target of this.#engine.holds.dependenciesOf(key)) {
      const live = own.has(target.storeKey) ? undefined : store.get(target.storeKey)?.value;
      if (live && healthOf(live).state === 'failed') return `${describeObject(target)}, which has failed`;
    }
    return undefined;
  }

  #enterTracked(tracked: TrackedCommit, state: CommitState): void {
    const before = tracked.status.state;
    tracked.status = this.#enter(tracked.status, state, before);
  }

  #enter(status: CommitStatus, state: CommitState, before: CommitState | undefined): CommitStatus {
    const time = formatTime(this.#engine.options.clock.now());
    const next = { ...status, state, times: { ...status.times, [state]: time } };
    this.#keep(next, before);
    return next;
  }

  #keep(status: CommitStatus, before: CommitState | undefined): void {
    this.#history.put(status);
    for (const listener of this.#listeners) listener({ status, before });
  }
}

function listed(objects: readonly TrackedObject[]): Pick<CommitStatus, 'objects' | 'moreObjects'> {
  const all = objects.map(toObjectStatus);
  const sorted = [...all].sort((a, b) => RANK[a.state] - RANK[b.state]);
  const kept = sorted.slice(0, STATUS_OBJECTS_MAX);
  return { objects: kept, moreObjects: all.length - kept.length };
}

function newlyTracked(names: NamedObject, action: ObjectStatus['action'], now: number): TrackedObject {
  const health = { state: 'progressing', text: '' } as const;
  return { key: names.storeKey, object: describeObject(names), action, health, step: '', stepMs: now };
}

const RANK = { failed: 0, progressing: 1, healthy: 2 };
/** Problems that a refused commit's status keeps. */
const PROBLEMS_KEPT_MAX = 20;

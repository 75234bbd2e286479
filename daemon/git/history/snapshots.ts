/**
 * What a commit's tree says, read from git: only files that differ from what is in force are read and parsed, and the last few snapshots are kept.
 *
 * Invariants: a snapshot never changes, whatever is published meanwhile; reads wait in line, so that the past costs the present little; what a past
 * commit holds was admitted then and is not judged again.
 */

import { StatusError, serviceUnavailable } from '../../base/status.ts';
import { loadCandidate } from '../candidate.ts';
import type { DesiredState } from '../desired-state.ts';
import type { GitEngine } from '../engine.ts';
import { SNAPSHOT_READS_WAITING_MAX, SNAPSHOTS_KEPT_MAX } from '../limits.ts';
import { formatProblem, type PushProblem } from '../problem.ts';
import { hasCommit } from '../repository.ts';

export interface Snapshot {
  readonly commit: string;
  readonly state: DesiredState;
  /** What could not be read of it: empty for whatever has been in force. */
  readonly problems: readonly PushProblem[];
}

export class Snapshots {
  readonly #engine: GitEngine;
  /** In the order of their last use. */
  readonly #kept = new Map<string, Promise<Snapshot>>();
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(engine: GitEngine) {
    this.#engine = engine;
  }

  /** Throws 404 when the repository has not got the commit, 503 when too many are being read. */
  read(commit: string): Promise<Snapshot> {
    const kept = this.#kept.get(commit) ?? this.#enqueue(commit);
    this.#kept.delete(commit);
    this.#kept.set(commit, kept);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= SNAPSHOTS_KEPT_MAX) break;
      this.#kept.delete(oldest);
    }
    return kept;
  }

  #enqueue(commit: string): Promise<Snapshot> {
    if (this.#waiting >= SNAPSHOT_READS_WAITING_MAX)
      return Promise.reject(serviceUnavailable('too many reads of the past are waiting'));
    this.#waiting++;
    const read = this.#tail.then(() => this.#load(commit));
    this.#tail = read
      .catch(() => this.#kept.delete(commit))
      .finally(() => {
        this.#waiting--;
      });
    return read;
  }

  async #load(commit: string): Promise<Snapshot> {
    const engine = this.#engine;
    const { repository, folder, manifests, registry, admission } = engine.options;
    const { environment } = admission;
    await engine.settled();
    if (!(await hasCommit(repository, commit)))
      throw new StatusError(404, 'NotFound', `the repository does not hold commit ${commit} (any more)`);
    // A copy: the state goes on while the past is read.
    const state = engine.state.copy();
    const source = { place: repository, folder, reader: engine.reader, manifests, registry, environment };
    const { candidate, problems } = await loadCandidate(source, state, commit);
    state.apply(candidate);
    return { commit, state, problems };
  }
}

/** For whoever needs all of it: throws 422 naming the first problem. */
export function requireWhole({ commit, problems }: Snapshot): void {
  const [first] = problems;
  if (!first) return;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  throw new StatusError(422, 'Invalid', `commit ${commit.slice(0, 12)} cannot be read: ${formatProblem(first)}${more}`);
}

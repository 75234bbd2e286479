/**
 * What is known about ref moves between their hooks: who pushes, what was admitted and awaits the ref's move, what was just published.
 *
 * Invariants: at most one move holds the lease; it is given back when the move commits, aborts, its git process is gone, or after 30 s.
 */

import type { UserInfo } from '../../auth/user.ts';
import type { Clock } from '../../base/clock.ts';
import type { Judgement } from '../judge.ts';
import type { Lease } from '../lease.ts';
import { LEASE_MS_MAX } from '../limits.ts';
import { HOST_ADMINISTRATOR } from '../ports.ts';
import type { Publication } from '../publish.ts';

/** A move of the tracked branch that was admitted and has not happened yet. */
export interface AdmittedMove {
  readonly to: string;
  readonly judgement: Judgement;
  readonly user: UserInfo;
  readonly lease: Lease;
}

/** Commits whose publication post-receive may still ask for. */
const RECENT_MAX = 64;
/** How often it is checked that the git process of an admitted move still runs. */
const ALIVE_CHECK_MS = 500;

export class HookSessions {
  readonly #clock: Clock;
  readonly #isAlive: (pid: number) => boolean;
  readonly #pushers = new Map<string, UserInfo>();
  readonly #recent = new Map<string, Publication>();
  #move: (AdmittedMove & { stop: () => void }) | undefined;

  constructor(clock: Clock, isAlive: (pid: number) => boolean) {
    this.#clock = clock;
    this.#isAlive = isAlive;
  }

  /** A push over HTTP by `user`, known by `id` in the hooks' environment until the returned function is called. */
  openPush(id: string, user: UserInfo): () => void {
    this.#pushers.set(id, user);
    return () => {
      this.#pushers.delete(id);
    };
  }

  /** Who pushes; undefined when an id is given that is not (or no longer) known. Without an id it is the host's administrator. */
  pusher(id: string | undefined): UserInfo | undefined {
    return id === undefined ? HOST_ADMINISTRATOR : this.#pushers.get(id);
  }

  /** The caller has the lease; from now on the session answers for it. */
  admit(move: AdmittedMove, gitPid: number): void {
    this.abandon();
    const deadline = this.#clock.monotonic() + LEASE_MS_MAX;
    let cancel = () => {};
    const check = () => {
      if (this.#move?.to !== move.to) return;
      if (this.#clock.monotonic() > deadline || !this.#isAlive(gitPid)) this.abandon();
      else cancel = this.#clock.after(ALIVE_CHECK_MS, check);
    };
    this.#move = { ...move, stop: () => cancel() };
    check();
  }

  /** The admitted move to this commit, which stays. */
  admitted(to: string): AdmittedMove | undefined {
    return this.#move?.to === to ? this.#move : undefined;
  }

  /** Where the branch is expected to move. */
  get awaited(): string | undefined {
    return this.#move?.to;
  }

  /** Takes the admitted move to this commit: the caller answers for the lease again. */
  take(to: string): AdmittedMove | undefined {
    const move = this.#move;
    if (move?.to !== to) return undefined;
    move.stop();
    this.#move = undefined;
    return move;
  }

  /** Gives the lease of a move back that will not happen. */
  abandon(): void {
    const move = this.#move;
    this.#move = undefined;
    move?.stop();
    move?.lease.release();
  }

  remember(publication: Publication): void {
    this.#recent.set(publication.commit, publication);
    for (const commit of this.#recent.keys()) {
      if (this.#recent.size <= RECENT_MAX) break;
      this.#recent.delete(commit);
    }
  }

  published(commit: string): Publication | undefined {
    return this.#recent.get(commit);
  }
}

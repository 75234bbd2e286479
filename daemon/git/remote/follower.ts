/**
 * Keeps the mirror at the remote branch: fetches when a webhook says so and at a jittered interval, moves the mirror's branch, and has the engine bring
 * its tip into force. What is in force stays whatever happens to the remote.
 *
 * Invariants: one fetch at a time, however many ask; a fetch that a push of our own overtook is done again, so that an accepted write never goes back.
 */

import { type Clock, type Random, sleep } from '../../base/clock.ts';
import type { GitEngine } from '../engine.ts';
import { runGit } from '../git-command.ts';
import { REMOTE_PAUSE_MS, REMOTE_PAUSE_MS_MAX, WEBHOOK_SETTLE_MS } from '../limits.ts';
import { moveTip, readTip } from '../repository.ts';
import { type PushResult, type Remote, RemoteUnreachable } from './remote.ts';

/** How the remote is, for `reflet status`. */
export interface RemoteStatus {
  url: string;
  /** When it last answered; milliseconds since the epoch. */
  fetchedMs: number | undefined;
  /** Set while it does not answer. */
  unreachable: { sinceMs: number; tries: number; message: string } | undefined;
}

export interface FollowerOptions {
  engine: GitEngine;
  remote: Remote;
  random: Random;
}

export class Follower {
  readonly #options: FollowerOptions;
  readonly #closing = new AbortController();
  #fetchedMs: number | undefined;
  #unreachable: RemoteStatus['unreachable'];
  #running: Promise<void> | undefined;
  #again = false;
  #cancelPause = () => {};
  #cancelSettle: (() => void) | undefined;
  /** Pushes of our own that the remote took: a fetch that began before one of them is old. */
  #pushes = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  get url(): string {
    return this.#options.remote.url;
  }

  get #clock(): Clock {
    return this.#options.engine.options.clock;
  }

  status(): RemoteStatus {
    return { url: this.url, fetchedMs: this.#fetchedMs, unreachable: this.#unreachable };
  }

  /** Begins; resolves when the first fetch is in force or failed, or after `waitMs`: then it goes on in the background. */
  async start(waitMs: number): Promise<void> {
    const waited = new AbortController();
    void this.#run().finally(() => waited.abort());
    await sleep(this.#clock, waitMs, waited.signal);
  }

  /** Somebody says that the remote moved: all who say so within a moment are one fetch. */
  wake(): void {
    if (this.#closing.signal.aborted) return;
    this.#cancelSettle ??= this.#clock.after(WEBHOOK_SETTLE_MS, () => {
      this.#cancelSettle = undefined;
      void this.#run();
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#cancelPause();
    this.#cancelSettle?.();
    await this.#running;
  }

  /** Pushes for whoever holds the lease. Throws {@link RemoteUnreachable}. */
  async push(commit: string, ref: string): Promise<PushResult> {
    const { engine, remote } = this.#options;
    // Counted before too: nobody knows what became of a push whose answer is lost. Other refs do not matter to a fetch.
    const count = ref === engine.options.repository.ref ? 1 : 0;
    this.#pushes += count;
    const answer = await remote.push(commit, ref);
    this.#pushes += count;
    return answer;
  }

  /** Fetches and brings the tip into force, for whoever holds the lease. Throws {@link RemoteUnreachable}. */
  async syncLocked(): Promise<void> {
    const tip = await this.#options.remote.fetch();
    this.#reached();
    await this.#bring(tip);
  }

  /** One fetch, or one more after the one that runs; never rejects. */
  #run(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#runAll().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #runAll(): Promise<void> {
    const { log } = this.#options.engine.options;
    while (this.#again && !this.#closing.signal.aborted) {
      this.#again = false;
      try {
        await this.#sync();
      } catch (error) {
        if (error instanceof RemoteUnreachable) this.#notReached(error.message);
        else log.warn({ error: String(error) }, 'the remote branch could not be brought into force; trying again');
      }
    }
    this.#schedule();
  }

  async #sync(): Promise<void> {
    const { engine, remote } = this.#options;
    for (let isOld = true; isOld && !this.#closing.signal.aborted; ) {
      const pushes = this.#pushes;
      const tip = await remote.fetch();
      this.#reached();
      const lease = await engine.acquire();
      try {
        isOld = pushes !== this.#pushes;
        if (!isOld) await this.#bring(tip);
      } finally {
        lease.release();
      }
    }
  }

  async #bring(tip: string | undefined): Promise<void> {
    const { engine } = this.#options;
    const { repository } = engine.options;
    const local = await readTip(repository);
    if (tip === undefined && local !== undefined) await runGit(repository, ['update-ref', '-d', repository.ref, local]);
    if (tip !== undefined && tip !== local && !(await moveTip(repository, local, tip, 'reflet: fetched')))
      throw new Error(`${repository.ref} of the mirror was moved by somebody else`);
    await engine.catchUpLocked();
  }

  #schedule(): void {
    const { engine, random } = this.#options;
    this.#cancelPause();
    if (this.#closing.signal.aborted) return;
    const tries = this.#unreachable?.tries ?? 0;
    const pollMs = engine.state.configuration.follow.pollMs;
    const pauseMs =
      tries === 0 ? pollMs : Math.min(REMOTE_PAUSE_MS_MAX, REMOTE_PAUSE_MS * 2 ** Math.min(tries - 1, 16));
    // A fifth less or more: daemons that were started together do not call together.
    this.#cancelPause = this.#clock.after(pauseMs * (0.8 + 0.4 * random.next()), () => void this.#run());
  }

  #reached(): void {
    const { log } = this.#options.engine.options;
    if (this.#unreachable) log.info({ remote: this.url }, 'the remote answers again');
    this.#unreachable = undefined;
    this.#fetchedMs = this.#clock.now();
  }

  #notReached(message: string): void {
    const { engine } = this.#options;
    const { sinceMs = this.#clock.now(), tries = 0, message: before } = this.#unreachable ?? {};
    this.#unreachable = { sinceMs, tries: tries + 1, message };
    if (message === before) return;
    engine.options.log.warn(
      { remote: this.url, why: message },
      'the remote does not answer; what is in force stays, and it is called again',
    );
    engine.tell('Warning', 'RemoteUnreachable', `${this.url}: ${message}`);
  }
}

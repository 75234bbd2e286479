/**
 * Publishes a move that was admitted once its ref is on disk, whoever sees that first: the hook `committed`, which git has to start a process for, or
 * the ref's watcher, which hears it from the kernel at once. It judges nothing: what was not admitted is the engine's `catchUp` to see to.
 */

import type { GitEngine } from '../engine.ts';
import { PublicationRefused } from '../publish.ts';
import { isLooseRef } from '../ref-file.ts';
import { readTip } from '../repository.ts';
import type { AdmittedMove, HookSessions } from './sessions.ts';

export class AdmittedMoves {
  readonly #engine: GitEngine;
  readonly #sessions: HookSessions;
  /** Kept when it is done: the hook asks later what became of it. */
  #latest: { to: string; done: Promise<string> } | undefined;

  constructor(engine: GitEngine, sessions: HookSessions) {
    this.#engine = engine;
    this.#sessions = sessions;
  }

  /** The ref has changed, to whatever: if that is the move that is awaited, it is published. Never throws. */
  look(): void {
    const { gitDir, ref } = this.#engine.options.repository;
    const to = this.#sessions.awaited;
    // A ref that has just moved is in its own file; where it is not (reftables), the hook tells.
    if (to !== undefined && isLooseRef(gitDir, ref, to)) void this.publish(to);
  }

  /** Undefined: no such move is awaited, or was published last. Else what went wrong, or `''`; never rejects. */
  async publish(to: string): Promise<string | undefined> {
    const move = this.#sessions.take(to);
    if (move) this.#latest = { to, done: this.#publish(move) };
    return this.#latest?.to === to ? this.#latest.done : undefined;
  }

  async #publish({ to, judgement, user, lease }: AdmittedMove): Promise<string> {
    const engine = this.#engine;
    try {
      // Two transactions may follow each other so closely that this one is already history.
      if ((await readTip(engine.options.repository)) !== to) return '';
      const publication = await engine.publish(judgement, user);
      if (publication) this.#sessions.remember(publication);
      return '';
    } catch (error) {
      if (error instanceof PublicationRefused) engine.reportRefused(to, error.problems);
      return error instanceof Error ? error.message : String(error);
    } finally {
      lease.release();
    }
  }
}

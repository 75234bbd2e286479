/**
 * The notes on commits reach the remote, where it takes them. One push at a time, of whatever is newest: two at once would race for the ref, and the
 * one that lost could be the newer.
 */

import type { GitEngine } from '../engine.ts';
import { gitText } from '../git-command.ts';
import { NOTES_SHARE_RETRY_MS } from '../limits.ts';
import { NOTES_REF } from '../status/notes.ts';
import type { Remote } from './remote.ts';

export interface NotesSharing {
  /** The notes moved: the remote gets them. */
  moved(): void;
  /** A last push of what has not been pushed yet. Never rejects. */
  close(): Promise<void>;
}

export function startNotesSharing(engine: GitEngine, remote: Remote): NotesSharing {
  const { repository, clock, log } = engine.options;
  const tell = (why: string) => log.debug({ ref: NOTES_REF, why }, 'the notes on commits are in the mirror only');
  let isDue = false;
  let running: Promise<void> | undefined;
  let cancel: (() => void) | undefined;
  let closed = false;
  const push = async (): Promise<void> => {
    const id = await gitText(repository, ['rev-parse', '--verify', '--quiet', NOTES_REF], { accept: [1] });
    const answer = id === '' ? undefined : await remote.push(id, NOTES_REF);
    // What others push there, or forbid, is their affair; it is tried again with the next note.
    if (answer?.result === 'moved') tell('somebody else pushes them');
    if (answer?.result === 'refused') tell(answer.why);
  };
  const run = async (): Promise<void> => {
    while (isDue) {
      isDue = false;
      try {
        await push();
      } catch (error) {
        tell(String(error));
        isDue = true;
        if (!closed) cancel ??= clock.after(NOTES_SHARE_RETRY_MS, start);
        break;
      }
    }
    running = undefined;
  };
  const start = () => {
    cancel?.();
    cancel = undefined;
    running ??= run();
  };
  return {
    moved() {
      isDue = true;
      start();
    },
    async close() {
      closed = true;
      cancel?.();
      await running;
      await run();
    },
  };
}

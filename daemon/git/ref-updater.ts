/**
 * Moves refs through one long-lived `git update-ref --stdin` session, hooks off. Starting git for each move would cost more than the move, and hold the
 * event loop: a fork copies the page tables of the whole heap. The session ends when idle and after every failure.
 */

import type { ChildProcess } from 'node:child_process';
import type { Clock } from '../base/clock.ts';
import { start } from '../base/process.ts';
import { gitEnvironment } from './git-command.ts';
import { GIT_MS_MAX, READER_IDLE_MS } from './limits.ts';
import { isElsewhere, NO_OBJECT, type Repository } from './repository.ts';

/** Where a ref has to be for the move; `any`: wherever it is; undefined: nowhere, it is new. */
export interface RefMove {
  ref: string;
  from: string | 'any' | undefined;
  to: string;
}

export interface RefUpdater {
  /** All or none; false when a ref was not where it was expected. One call at a time. */
  move(moves: readonly RefMove[]): Promise<boolean>;
  close(): void;
}

interface Session {
  child: ChildProcess;
  /** Resolves with the next line, or with undefined and what went wrong when the session ends. */
  line(): Promise<string | undefined>;
  stderr: string;
}

/** `why`: for the reflog. */
export function createRefUpdater(repository: Repository, clock: Clock, why: string): RefUpdater {
  let session: Session | undefined;
  let cancelIdle = () => {};
  const end = () => {
    cancelIdle();
    session?.child.kill('SIGKILL');
    session = undefined;
  };
  return {
    async move(moves) {
      cancelIdle();
      session ??= startSession(repository, why);
      const current = session;
      const cancelTimeout = clock.after(GIT_MS_MAX, end);
      current.child.stdin!.write(`start\n${moves.map(toLine).join('')}prepare\ncommit\n`);
      for (const expected of ['start: ok', 'prepare: ok', 'commit: ok']) {
        const line = await current.line();
        if (line === expected) continue;
        cancelTimeout();
        end();
        if (isElsewhere(current.stderr)) return false;
        throw new Error(`git update-ref: ${current.stderr.trim() || 'ended'}`);
      }
      cancelTimeout();
      cancelIdle = clock.after(READER_IDLE_MS, end);
      return true;
    },
    close: end,
  };
}

/** An empty old value means "any": none at all is spelled as zeros. */
const toLine = ({ ref, from = NO_OBJECT, to }: RefMove): string =>
  `update ${ref} ${to}${from === 'any' ? '' : ` ${from}`}\n`;

function startSession(repository: Repository, why: string): Session {
  const args = [`--git-dir=${repository.gitDir}`, 'update-ref', '-m', why, '--stdin'];
  const child = start('git', args, { cwd: '/', env: gitEnvironment(), stdio: ['pipe', 'pipe', 'pipe'] });
  const lines: string[] = [];
  let rest = '';
  let closed = false;
  let wake = () => {};
  const session: Session = {
    child,
    stderr: '',
    async line() {
      while (lines.length === 0 && !closed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return lines.shift();
    },
  };
  child.stdout!.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString('utf8')).split('\n');
    rest = parts.pop()!;
    lines.push(...parts);
    wake();
  });
  child.stderr!.on('data', (chunk: Buffer) => {
    if (session.stderr.length < 8_192) session.stderr += chunk.toString('utf8');
  });
  child.stdin!.on('error', () => {}); // told by 'close'
  const done = () => {
    closed = true;
    wake();
  };
  child.on('error', done);
  child.on('close', done);
  return session;
}

/**
 * Moves the tracked branch through one long-lived `git update-ref --stdin` session, hooks off, always from an expected value. Starting git for each
 * move would cost more than the move. The session ends when idle and after every failure.
 */

import type { ChildProcess } from 'node:child_process';
import type { Clock } from '../base/clock.ts';
import { start } from '../base/process.ts';
import { gitEnvironment } from './git-command.ts';
import { GIT_MS_MAX, READER_IDLE_MS } from './limits.ts';
import { NO_OBJECT, type Repository } from './repository.ts';

export interface RefUpdater {
  /** False when the branch was not at `from` (undefined: unborn). One call at a time. */
  move(from: string | undefined, to: string): Promise<boolean>;
  close(): void;
}

interface Session {
  child: ChildProcess;
  /** Resolves with the next line, or with undefined and what went wrong when the session ends. */
  line(): Promise<string | undefined>;
  stderr: string;
}

export function createRefUpdater(repository: Repository, clock: Clock): RefUpdater {
  let session: Session | undefined;
  let cancelIdle = () => {};
  const end = () => {
    cancelIdle();
    session?.child.kill('SIGKILL');
    session = undefined;
  };
  return {
    async move(from, to) {
      cancelIdle();
      session ??= startSession(repository);
      const current = session;
      const cancelTimeout = clock.after(GIT_MS_MAX, end);
      // An empty old value would mean "any": none at all is spelled as zeros.
      current.child.stdin!.write(`start\nupdate ${repository.ref} ${to} ${from ?? NO_OBJECT}\nprepare\ncommit\n`);
      for (const expected of ['start: ok', 'prepare: ok', 'commit: ok']) {
        const line = await current.line();
        if (line === expected) continue;
        cancelTimeout();
        end();
        if (/is at [0-9a-f]{40} but expected|reference already exists|unable to resolve reference/.test(current.stderr))
          return false;
        throw new Error(`git update-ref: ${current.stderr.trim() || 'ended'}`);
      }
      cancelTimeout();
      cancelIdle = clock.after(READER_IDLE_MS, end);
      return true;
    },
    close: end,
  };
}

function startSession(repository: Repository): Session {
  const args = [`--git-dir=${repository.gitDir}`, 'update-ref', '-m', 'reflet: write through the API', '--stdin'];
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

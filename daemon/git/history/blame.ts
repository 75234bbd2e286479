/**
 * Which commit last changed given lines of a file, as `git blame` tells it; and how a commit introduces itself.
 */

import fs from 'node:fs';
import { readCommit } from 'isomorphic-git';
import type { GitEngine } from '../engine.ts';
import { runGit } from '../git-command.ts';
import type { CommitSigner } from '../trust/signer.ts';

export interface CommitInfo {
  readonly id: string;
  readonly author: string;
  readonly email: string;
  /** Of authorship; milliseconds since the epoch. */
  readonly timeMs: number;
  readonly subject: string;
  readonly signer: CommitSigner;
}

/** `lines`: 1-based, both included; of what is in force. Undefined when git cannot say. */
export async function lastChange(
  engine: GitEngine,
  path: string,
  lines: { first: number; last: number },
): Promise<CommitInfo | undefined> {
  const { commit } = engine.state;
  if (commit === undefined) return undefined;
  const range = `${lines.first},${Math.max(lines.first, lines.last)}`;
  const args = ['blame', '--incremental', '-L', range, commit, '--', path];
  const { exitCode, stdout } = await runGit(engine.options.repository, args, { accept: [128] });
  const newest = exitCode === 0 ? newestOf(stdout.toString('utf8')) : undefined;
  return newest === undefined ? undefined : readCommitInfo(engine, newest);
}

/** Of the commits that `git blame --incremental` names, the one committed last. */
function newestOf(text: string): string | undefined {
  let newest: { id: string; time: number } | undefined;
  let id = '';
  for (const line of text.split('\n')) {
    const entry = /^([0-9a-f]{40}) \d+ \d+ \d+$/.exec(line);
    if (entry) id = entry[1]!;
    const time = /^committer-time (\d+)$/.exec(line);
    if (time && (!newest || Number(time[1]) > newest.time)) newest = { id, time: Number(time[1]) };
  }
  return newest?.id;
}

async function readCommitInfo({ options, state, reader }: GitEngine, id: string): Promise<CommitInfo> {
  const { repository, trust } = options;
  const { commit } = await readCommit({ fs, gitdir: repository.gitDir, oid: id });
  const { author, message } = commit;
  return {
    id,
    author: author.name,
    email: author.email,
    timeMs: author.timestamp * 1000,
    subject: message.split('\n', 1)[0]!,
    signer: await trust.signerOf(state.configuration.trust, id, reader),
  };
}

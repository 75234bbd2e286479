/**
 * Which commit last changed given lines of a file, as `git blame` tells it; and how a commit introduces itself.
 */

import fs from 'node:fs';
import { readCommit } from 'isomorphic-git';
import { type RepositoryPlace, runGit } from '../git-command.ts';

export interface CommitInfo {
  readonly id: string;
  readonly author: string;
  readonly email: string;
  /** Of authorship; milliseconds since the epoch. */
  readonly timeMs: number;
  readonly subject: string;
  /** `none`, or how it is signed; whether the signature is good is said where commits are verified. */
  readonly signature: 'none' | 'ssh' | 'openpgp' | 'x509';
}

/** `lines`: 1-based, both included. Undefined when git cannot say. */
export async function lastChange(
  place: RepositoryPlace,
  commit: string,
  path: string,
  lines: { first: number; last: number },
): Promise<CommitInfo | undefined> {
  const range = `${lines.first},${Math.max(lines.first, lines.last)}`;
  const args = ['blame', '--incremental', '-L', range, commit, '--', path];
  const { exitCode, stdout } = await runGit(place, args, { accept: [128] });
  if (exitCode !== 0) return undefined;
  const newest = newestOf(stdout.toString('utf8'));
  return newest === undefined ? undefined : readCommitInfo(place, newest);
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

async function readCommitInfo({ gitDir: gitdir }: RepositoryPlace, id: string): Promise<CommitInfo> {
  const { commit } = await readCommit({ fs, gitdir, oid: id });
  const { author, message, gpgsig } = commit;
  return {
    id,
    author: author.name,
    email: author.email,
    timeMs: author.timestamp * 1000,
    subject: message.split('\n', 1)[0]!,
    signature: signatureOf(gpgsig),
  };
}

function signatureOf(text: string | undefined): CommitInfo['signature'] {
  if (!text) return 'none';
  if (text.includes('BEGIN SSH SIGNATURE')) return 'ssh';
  return text.includes('BEGIN SIGNED MESSAGE') ? 'x509' : 'openpgp';
}

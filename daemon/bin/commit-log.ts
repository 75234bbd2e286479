/**
 * `reflet log`: the branch's commits, newest first, with what became of each. Read from the repository and from the daemon's status.
 */

import { run } from '../base/process.ts';
import { type Output, renderColumns } from './output.ts';
import type { StatusDocument } from './status-document.ts';

export interface CommitLine {
  commit: string;
  date: string;
  author: string;
  subject: string;
  /** `in force`, `superseded`, `refused`, `pending` */
  state: string;
}

const FIELD = '\u001f';

/** Pure: git's lines and the daemon's word on them. A commit below the one in force was superseded by it. */
function readLog(text: string, status: StatusDocument | undefined): CommitLine[] {
  let below = false;
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [commit = '', date = '', author = '', subject = ''] = line.split(FIELD);
      let state = below ? 'superseded' : status ? 'pending' : 'unknown';
      if (commit === status?.commit) {
        state = 'in force';
        below = true;
      } else if (commit === status?.refused?.commit) state = 'refused';
      return { commit, date, author, subject, state };
    });
}

export async function printLog(
  repository: string,
  ref: string,
  limit: number,
  status: StatusDocument | undefined,
  json: boolean,
  out: Output,
): Promise<number> {
  const format = ['%H', '%cI', '%an', '%s'].join('%x1f');
  const { exitCode, stdout, stderr } = await run('git', [
    '-C',
    repository,
    'log',
    `--max-count=${limit}`,
    `--format=${format}`,
    ref,
    '--',
  ]);
  if (exitCode !== 0) throw new Error(`git log failed in ${repository}: ${stderr.trim()}`);
  const commits = readLog(stdout, status);
  if (json) out.line(JSON.stringify({ commits }, null, 2));
  else {
    const rows = commits.map(({ commit, date, author, subject, state }) => [
      commit.slice(0, 10),
      state,
      date,
      author,
      subject,
    ]);
    for (const line of renderColumns([['COMMIT', 'STATE', 'DATE', 'AUTHOR', 'SUBJECT'], ...rows])) out.line(line);
  }
  return 0;
}

/**
 * `reflet log`: the branch's commits, newest first, and refused ones that never reached it, with what became of each.
 */

import { run } from '../base/process.ts';
import type { HttpClient } from '../client/http.ts';
import { type CommitState, type CommitStatus, describeStatus } from '../git/status/commit-status.ts';
import type { CommitsDocument } from './commits-endpoint.ts';
import { type Output, renderColumns } from './output.ts';
import type { StatusDocument } from './status-document.ts';

export interface CommitLine {
  commit: string;
  date: string;
  author: string;
  subject: string;
  /** `pending`: on the branch and not judged yet. */
  state: CommitState | 'pending';
  inForce: boolean;
  /** `1 of 2 objects healthy; deployment default/web 0/1 ready` */
  message?: string;
  times: CommitStatus['times'];
  objects: CommitStatus['objects'];
  problems?: string[];
}

const FIELD = '\u001f';

export async function readCommits(client: HttpClient, limit: number): Promise<CommitsDocument> {
  const { code, body } = await client.raw('GET', `/reflet/v1/commits?limit=${limit}`);
  if (code !== 200) throw new Error(`the daemon answered ${code}: ${body.slice(0, 200)}`);
  return JSON.parse(body) as CommitsDocument;
}

/**
 * Pure: git's lines and the daemon's word on them. A commit below the one in force, or below the one that is refused (what is in force stands beside the
 * branch then), of which nothing is known was superseded.
 */
export function joinLog(
  text: string,
  { commit: inForce, commits }: CommitsDocument,
  limit: number,
  refusedTip?: string,
): CommitLine[] {
  const known = new Map(commits.map((status) => [status.commit, status]));
  let below = false;
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): CommitLine => {
      const [commit = '', date = '', author = '', subject = ''] = line.split(FIELD);
      const status = known.get(commit);
      known.delete(commit);
      below ||= commit === inForce;
      const state = status?.state ?? (below ? 'superseded' : 'pending');
      below ||= commit === refusedTip;
      return { commit, date, author, subject, state, inForce: commit === inForce, ...detailsOf(status) };
    });
  const oldest = Date.parse(lines.at(-1)?.date ?? '') || 0;
  const refused = [...known.values()]
    .filter(({ state, times }) => state === 'refused' && Date.parse(times.refused ?? '') >= oldest)
    .map((status): CommitLine => {
      const { commit, by, times, problems } = status;
      const subject = `(not on the branch) ${problems?.[0] ?? ''}`.trim();
      const date = times.refused ?? '';
      return { commit, date, author: by, subject, state: 'refused', inForce: false, ...detailsOf(status) };
    });
  return insertByDate(lines, refused).slice(0, limit);
}

function detailsOf(status: CommitStatus | undefined): Pick<CommitLine, 'message' | 'times' | 'objects' | 'problems'> {
  if (!status) return { times: {}, objects: [] };
  const { times, objects, problems } = status;
  return { message: describeStatus(status), times, objects, ...(problems ? { problems } : {}) };
}

/** The branch's order is git's; what is not on it goes in by its time. */
function insertByDate(lines: readonly CommitLine[], others: readonly CommitLine[]): CommitLine[] {
  const result = [...lines];
  for (const one of others) {
    const at = result.findIndex(({ date }) => Date.parse(date) <= Date.parse(one.date));
    result.splice(at < 0 ? result.length : at, 0, one);
  }
  return result;
}

const TONES = {
  healthy: 'ok',
  failed: 'error',
  refused: 'error',
  progressing: 'warning',
  superseded: 'quiet',
} as const;

export interface LogOptions {
  status: StatusDocument;
  commits: CommitsDocument;
  limit: number;
  json: boolean;
}

export async function printLog({ status, commits, limit, json }: LogOptions, out: Output): Promise<number> {
  const { repository, ref } = status;
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
  const lines = joinLog(stdout, commits, limit, status.refused?.commit);
  if (json) {
    out.line(JSON.stringify({ commits: lines }, null, 2));
    return 0;
  }
  const rows = lines.map(({ commit, state, date, author, subject, inForce }) => [
    `${inForce ? '*' : ' '} ${commit.slice(0, 10)}`,
    state,
    date,
    author,
    subject,
  ]);
  const printed = renderColumns([['  COMMIT', 'STATE', 'DATE', 'AUTHOR', 'SUBJECT'], ...rows]);
  for (const [position, line] of printed.entries()) {
    const state = lines[position - 1]?.state;
    const tone = state && state in TONES ? TONES[state as keyof typeof TONES] : undefined;
    out.line(tone ? line.replace(` ${state} `, ` ${out.paint(tone, state!)} `) : line);
  }
  for (const line of explainInForce(status, lines)) out.line(line);
  return 0;
}

/** Why what is in force is not the branch's tip. Pure. */
export function explainInForce({ commit, refused, suspended }: StatusDocument, lines: readonly CommitLine[]): string[] {
  const short = (id: string | undefined) => id?.slice(0, 10) ?? 'nothing';
  if (refused) {
    const [problem = 'see `reflet status`'] = refused.problems;
    const beside = commit !== undefined && !lines.some((line) => line.inForce);
    const where = beside ? ', beside the branch: the last good commit with what was written through the API since' : '';
    return [
      '',
      `${short(refused.commit)} is refused: ${problem}`,
      `${short(commit)} stays in force${where}. The next good commit brings all of the branch into force.`,
    ];
  }
  if (!suspended?.waiting) return [];
  return ['', `${short(suspended.waiting)} waits, ${short(commit)} stays in force: suspended, ${suspended.reason}`];
}

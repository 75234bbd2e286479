/**
 * `/reflet/v1/commits`: what became of the commits, newest first; `?limit=20`, `?commit=<at least 4 digits of its id>`.
 */

import { PLAIN_JSON, sendValue } from '../api/http/respond.ts';
import type { Call } from '../api/http/server.ts';
import { badRequest } from '../base/status.ts';
import type { GitService } from '../git/service.ts';
import type { CommitStatus } from '../git/status/commit-status.ts';

export interface CommitsDocument {
  /** In force. */
  commit?: string;
  commits: readonly CommitStatus[];
}

export async function answerCommits({ info, response }: Call, git: GitService): Promise<void> {
  const limit = info.query.get('limit') ?? '100';
  const prefix = info.query.get('commit') ?? '';
  if (!/^[1-9]\d{0,5}$/.test(limit)) throw badRequest(`limit=${limit}: expected a number from 1`);
  if (prefix !== '' && !/^[0-9a-f]{4,40}$/.test(prefix)) {
    throw badRequest(`commit=${prefix}: expected 4 to 40 hexadecimal digits`);
  }
  const { commit } = git.engine.state;
  const commits = git.statuses
    .list()
    .filter((status) => status.commit.startsWith(prefix))
    .slice(0, Number(limit));
  sendValue(response, 200, PLAIN_JSON, { ...(commit ? { commit } : {}), commits } satisfies CommitsDocument);
}

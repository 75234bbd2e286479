/**
 * A commit's status as GitHub, GitLab and Gitea take it: which request, which state, which length. Pure.
 *
 * GitHub: POST /repos/{owner}/{repo}/statuses/{sha}, description at most 140 characters. GitLab: POST /projects/{id}/statuses/{sha}, where a state
 * cannot be entered twice (400 "Cannot transition status"). Gitea (and Forgejo): POST /repos/{owner}/{repo}/statuses/{sha}.
 */

import type { CommitStatusTarget } from '../../configuration/configuration.ts';
import type { OutgoingAnswer, OutgoingRequest } from '../../outgoing/outgoing.ts';
import { inert } from '../../problem.ts';
import { type CommitState, type CommitStatus, describeStatus } from '../commit-status.ts';

type States = Readonly<Record<CommitState, string>>;

const GITHUB_STATES: States = {
  admitted: 'pending',
  progressing: 'pending',
  healthy: 'success',
  failed: 'failure',
  refused: 'failure',
  superseded: 'error', // there is no neutral one, and pending would stay for ever
};

const GITLAB_STATES: States = {
  admitted: 'pending',
  progressing: 'running',
  healthy: 'success',
  failed: 'failed',
  refused: 'failed',
  superseded: 'canceled',
};

const GITEA_STATES: States = { ...GITHUB_STATES, superseded: 'warning' };

/** Characters: GitHub documents 140; GitLab and Gitea keep 255. */
const GITHUB_DESCRIPTION_MAX = 140;
const DESCRIPTION_MAX = 255;

/** `branch`: without `refs/heads/`. */
export function forgeRequest(
  target: CommitStatusTarget,
  token: string,
  status: CommitStatus,
  branch: string,
): OutgoingRequest {
  const { provider, project, context } = target;
  const base = target.url.replace(/\/+$/, '');
  const owned = project.split('/').map(encodeURIComponent).join('/');
  const text = `${status.state}: ${inert(describeStatus(status))}`;
  if (provider === 'github') {
    return post(
      `${base}/repos/${owned}/statuses/${status.commit}`,
      {
        Authorization: `Bearer ${token}`,
        Accept: 'application/vnd.github+json',
        'X-GitHub-Api-Version': '2022-11-28',
      },
      { state: GITHUB_STATES[status.state], description: shorten(text, GITHUB_DESCRIPTION_MAX), context },
    );
  }
  if (provider === 'gitlab') {
    return post(
      `${withApi(base, '/api/v4')}/projects/${encodeURIComponent(project)}/statuses/${status.commit}`,
      { 'PRIVATE-TOKEN': token },
      { state: GITLAB_STATES[status.state], name: context, ref: branch, description: shorten(text, DESCRIPTION_MAX) },
    );
  }
  return post(
    `${withApi(base, '/api/v1')}/repos/${owned}/statuses/${status.commit}`,
    { Authorization: `token ${token}` },
    { state: GITEA_STATES[status.state], description: shorten(text, DESCRIPTION_MAX), context },
  );
}

/** Whether an answer that is no success says that the status stands already. */
export function saysAlready({ provider }: CommitStatusTarget, { status, body }: OutgoingAnswer): boolean {
  return provider === 'gitlab' && status === 400 && /Cannot transition status via/.test(body);
}

const withApi = (base: string, path: string): string => (base.endsWith(path) ? base : `${base}${path}`);

function post(url: string, headers: Readonly<Record<string, string>>, body: object): OutgoingRequest {
  return {
    method: 'POST',
    url,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}

function shorten(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

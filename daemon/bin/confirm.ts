/**
 * `POST /reflet/v1/confirm`: somebody with the right says that what a commit removes is meant to go. The commit comes into force when it is the tip.
 */

import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { isObject } from '../base/json.ts';
import { badRequest } from '../base/status.ts';
import type { GitService } from '../git/service.ts';

export interface ConfirmAnswer {
  commit: string;
  /** It is in force now. */
  inForce: boolean;
  /** What still holds it back. */
  problems: readonly string[];
}

/** Reads `{"commit": "<full id>"}`. Throws 400. */
export async function answerConfirm(request: IncomingMessage, git: GitService): Promise<ConfirmAnswer> {
  const body = await json(request).catch(() => undefined);
  const commit = isObject(body) ? body['commit'] : undefined;
  if (typeof commit !== 'string' || !/^[0-9a-f]{40}$/.test(commit))
    throw badRequest('expected {"commit": "<the full id of a commit>"}');
  return git.confirm(commit);
}

/**
 * `POST /reflet/v1/confirm`: somebody with the right says that what a commit removes is meant to go; with an allowed signer's signature, that a commit
 * may come into force although its own signatures are not good enough. It does when it is the tip.
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

/** Reads `{"commit": "<full id>", "signature": "<armored, optional>"}`. Throws 400, and 403 for a signature that is no allowed signer's. */
export async function answerConfirm(request: IncomingMessage, git: GitService): Promise<ConfirmAnswer> {
  const body = await json(request).catch(() => undefined);
  const commit = isObject(body) ? body['commit'] : undefined;
  if (typeof commit !== 'string' || !/^[0-9a-f]{40}$/.test(commit))
    throw badRequest('expected {"commit": "<the full id of a commit>"}');
  const signature = isObject(body) ? body['signature'] : undefined;
  if (signature !== undefined && typeof signature !== 'string')
    throw badRequest('signature: expected an armored signature of SSH or GPG');
  return git.confirm(commit, signature);
}

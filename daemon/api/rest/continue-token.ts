/**
 * The opaque `continue` of paged lists: the revision of the snapshot and the key to go on from, as base64url JSON
 * (`apiserver/pkg/storage/continue.go`). It is input of a client when it comes back: nothing in it is trusted.
 */

import { isObject } from '../../base/json.ts';
import { badRequest } from '../../base/status.ts';

export interface ContinuePoint {
  /** -1: whatever is newest (given after the snapshot has expired). */
  revision: number;
  /** Key relative to the list's prefix; never begins with `/`. */
  start: string;
}

/** A token this long was not made here. */
const TOKEN_LENGTH_MAX = 4096;

export function encodeContinue({ revision, start }: ContinuePoint): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString('base64url');
}

/** Throws 400. */
export function decodeContinue(token: string): ContinuePoint {
  const value = token.length > TOKEN_LENGTH_MAX ? undefined : parse(token);
  if (!isObject(value)) throw badRequest('continue key is not valid: it was not made by this server');
  const { v, rv, start } = value;
  if (v !== 'meta.k8s.io/v1')
    throw badRequest(`continue key is not valid: server does not recognize this encoded version ${JSON.stringify(v)}`);
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0 || rv < -1)
    throw badRequest('continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (typeof start !== 'string' || start === '' || start.startsWith('/') || start.split('/').includes('..'))
    throw badRequest(
      'continue key is not valid: encoded start key is empty or leaves the list (version meta.k8s.io/v1)',
    );
  return { revision: rv, start };
}

function parse(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

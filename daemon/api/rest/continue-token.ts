/**
 * The opaque `continue` of paged lists: the revision of the snapshot and the key to go on from, as base64url JSON
 * (`apiserver/pkg/storage/continue.go`). It is input of a client when it comes back: nothing in it is trusted.
 */

import { posix } from 'node:path';
import { goJsonError } from '../../base/go-json-error.ts';
import { goKind, isObject } from '../../base/json.ts';
import { badRequest, type StatusError } from '../../base/status.ts';

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
  const { v = '', rv = 0, start = '' } = parse(token);
  if (v !== 'meta.k8s.io/v1') throw refuse(`: server does not recognize this encoded version ${String(v)}`);
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0 || rv < -1)
    throw refuse(': incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (typeof start !== 'string' || start === '') throw refuse(': encoded start key empty (version meta.k8s.io/v1)');
  const rooted = start.startsWith('/') ? start : `/${start}`;
  const clean = posix.normalize(rooted);
  if (clean !== rooted) throw refuse(`: ${clean}`);
  return { revision: rv, start: clean.slice(1) };
}

const refuse = (why: string): StatusError => badRequest(`invalid continue token: continue key is not valid${why}`);

function parse(token: string): Record<string, unknown> {
  if (token.length > TOKEN_LENGTH_MAX) throw refuse(': it is longer than any that is made here');
  const wrong = token.search(/[^-\w]/);
  if (wrong >= 0 || token.length % 4 === 1)
    throw refuse(`: illegal base64 data at input byte ${wrong >= 0 ? wrong : token.length - 1}`);
  const text = Buffer.from(token, 'base64url').toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse(`: ${goJsonError(text) ?? 'invalid JSON'}`);
  }
  if (!isObject(value))
    throw refuse(`: json: cannot unmarshal ${goKind(value)} into Go value of type storage.continueToken`);
  return value;
}

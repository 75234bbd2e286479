/**
 * A write whose object somebody else changed while it was on its way: whether both can be had. Fields are compared, not texts.
 */

import type { PlannedWrite } from '../../api/rest/persist.ts';
import { conflict, type StatusError } from '../../base/status.ts';
import type { Entry } from '../../store/store.ts';
import type { GitEngine } from '../engine.ts';
import { changedFields, formatField, touching } from './changed-fields.ts';

const SHOWN_MAX = 5;

/** 409 when the commit that won sets what the write sets, or removed its object; undefined: the write can be made anew on what is there now. */
export function refuseLostRace(
  engine: GitEngine,
  write: PlannedWrite,
  present: Entry | undefined,
): StatusError | undefined {
  const { kind, key, old, next } = write;
  const { group, plural: resource } = kind.resource;
  const { commit = '', objects } = engine.state;
  const defined = objects.get(key);
  const place = defined ? ` (${defined.file.path}:${defined.document.line})` : '';
  const refuse = (what: string) =>
    conflict(
      { group, resource },
      (next ?? old)?.metadata?.name ?? '',
      `commit ${commit.slice(0, 12)}${place} came first and ${what}; look at it and try again`,
    );
  if (!old) return undefined; // what is created twice is told by the API
  if (!present) return next ? refuse('removed the object') : undefined;
  const theirs = changedFields(old, present.value);
  if (!next) return theirs.length > 0 ? refuse('changed the object') : undefined;
  const both = touching(changedFields(old, next), theirs);
  if (both.length === 0) return undefined;
  const names = both.slice(0, SHOWN_MAX).map(formatField).join(', ');
  return refuse(`set ${names}${both.length > SHOWN_MAX ? ', …' : ''} too`);
}

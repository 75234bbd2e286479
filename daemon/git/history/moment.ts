/**
 * What people may call a moment of the past: a commit (whole or shortened), a ref, a time, a revision. Nothing that somebody typed reaches git as an
 * option or as more than a name.
 */

import { parseTime } from '../../base/clock.ts';
import { badRequest, notFound } from '../../base/status.ts';
import type { RepositoryPlace } from '../git-command.ts';
import { gitText } from '../git-command.ts';

/** A moment as it was written, by its form alone. */
export type WrittenMoment =
  | { form: 'revision'; revision: number }
  | { form: 'time'; timeMs: number }
  | { form: 'name'; name: string };

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
/** What refs and commits are called, with `^`, `~` and `@{…}`; never an option, a path (`:`) or a range. */
const NAME = /^[A-Za-z0-9_@][A-Za-z0-9._/~^@{}+-]{0,199}$/;

/**
 * `1234` (a revision), `2024-05-01`, `2024-05-01T12:00:00Z`, `2h ago`, or a name that git knows. Forty digits are a commit. Pure; throws 400.
 */
export function parseMoment(text: string, nowMs: number): WrittenMoment {
  const trimmed = text.trim();
  if (/^\d{1,16}$/.test(trimmed) && Number.isSafeInteger(Number(trimmed)))
    return { form: 'revision', revision: Number(trimmed) };
  const ago = /^(\d{1,9})\s*([smhdw])(?:\s+ago)$/.exec(trimmed);
  if (ago) return { form: 'time', timeMs: nowMs - Number(ago[1]) * UNITS_MS[ago[2]!]! };
  if (/^\d{4}-\d\d-\d\d(T.*)?$/.test(trimmed)) {
    const timeMs = parseTime(trimmed);
    if (Number.isNaN(timeMs)) throw badRequest(`${JSON.stringify(text)} is no time: ${EXPECTED}`);
    return { form: 'time', timeMs };
  }
  if (!NAME.test(trimmed) || trimmed.includes('..'))
    throw badRequest(`${JSON.stringify(text)} is no moment: ${EXPECTED}`);
  return { form: 'name', name: trimmed };
}

const EXPECTED = 'expected a commit, a branch or tag, a time (2024-05-01T12:00:00Z, or "2h ago"), or a revision';

/** The commit of a name. Throws 404. */
export async function commitOfName(place: RepositoryPlace, name: string): Promise<string> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
  const id = await gitText(place, args, { accept: [1, 128] });
  if (/^[0-9a-f]{40}$/.test(id)) return id;
  throw notFound({ group: '', resource: 'commits' }, name);
}

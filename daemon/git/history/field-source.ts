/**
 * Who says a field of an object: the manager that owns it and, when that is git, on which line and since which commit.
 */

import { GIT_MANAGER } from '../../kinds/common/git-ownership.ts';
import type { GitEngine } from '../engine.ts';
import { type CommitInfo, lastChange } from './blame.ts';
import { type FieldOwner, ownersOf } from './field-owners.ts';
import { LineFinder } from './lines.ts';

export interface FieldSource {
  /** The field that is owned: the one asked for, or the nearest around it. */
  readonly path: string;
  /** Empty: nobody; then it is a default, or the server's own. */
  readonly owners: readonly FieldOwner[];
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** The newest that changed the line. */
  readonly commit?: CommitInfo;
}

/** `key`: of the store. */
export async function fieldSource(engine: GitEngine, key: string, path: string): Promise<FieldSource> {
  const live = engine.options.store.get(key)?.value;
  const owned = live && ownersOf(live, path);
  const source = { path: owned?.path ?? path, owners: owned?.owners ?? [] };
  const object = engine.state.objects.get(key);
  if (!object || !source.owners.some(({ manager }) => manager === GIT_MANAGER)) return source;
  await engine.settled();
  const { line, column } = await new LineFinder(engine).find(object, path);
  const change = await lastChange(engine, object.file.path, { first: line, last: line });
  return { ...source, file: object.file.path, line, column, ...(change ? { commit: change } : {}) };
}

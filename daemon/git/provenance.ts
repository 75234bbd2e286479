/**
 * Where an object comes from: its file and line, and the commit that said it last. For `reflet why`, messages and events. It only reads.
 */

import type { DesiredObject } from './desired-state.ts';
import type { GitEngine } from './engine.ts';
import { type CommitInfo, lastChange } from './history/blame.ts';

export interface Provenance {
  file: string;
  /** 0-based among the file's YAML documents. */
  document: number;
  /** 1-based. */
  line: number;
  column: number;
  /** The newest commit that changed the object's lines; undefined when git cannot say. */
  commit: CommitInfo | undefined;
}

/** `key`: in the store. Undefined when the object is not in git. */
export async function provenanceOf(engine: GitEngine, key: string): Promise<Provenance | undefined> {
  const object = engine.state.objects.get(key);
  if (!object) return undefined;
  await engine.settled();
  const { line, column, document } = object.document;
  const { path } = object.file;
  const last = lastLineOf(object) ?? (await lineCount(engine, object));
  const change = await lastChange(engine, path, { first: line, last });
  return { file: path, document, line, column, commit: change };
}

/** The line before the next object of the file. */
function lastLineOf({ file, document }: DesiredObject): number | undefined {
  const next = file.documents.filter(({ line }) => line > document.line).map(({ line }) => line);
  return next.length > 0 ? Math.min(...next) - 1 : undefined;
}

async function lineCount({ reader }: GitEngine, { file, document }: DesiredObject): Promise<number> {
  const blob = await reader.read(file.blob);
  const text = blob?.content.toString('latin1') ?? '';
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  return Math.max(document.line, lines);
}

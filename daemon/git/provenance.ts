/**
 * Where an object comes from: its file and line, and the commit that said it last. For `reflet why`, messages and events. It only reads.
 */

import fs from 'node:fs';
import { log } from 'isomorphic-git';
import type { GitEngine } from './engine.ts';

export interface Provenance {
  file: string;
  /** 0-based among the file's YAML documents. */
  document: number;
  /** 1-based. */
  line: number;
  /** The newest commit that changed the file; undefined when it is further back than is looked. */
  commit: { id: string; author: string; email: string; timeMs: number; subject: string } | undefined;
}

/** `key`: in the store. Undefined when the object is not in git. */
export async function provenanceOf(engine: GitEngine, key: string): Promise<Provenance | undefined> {
  const object = engine.state.objects.get(key);
  if (!object || engine.state.commit === undefined) return undefined;
  await engine.settled();
  const { path } = object.file;
  const { document, line } = object.document;
  return { file: path, document, line, commit: await lastChange(engine, engine.state.commit, path) };
}

async function lastChange(engine: GitEngine, ref: string, filepath: string): Promise<Provenance['commit']> {
  const { gitDir: gitdir } = engine.options.repository;
  const [newest] = await log({ fs, gitdir, ref, filepath, depth: 1 });
  if (!newest) return undefined;
  const { author, message } = newest.commit;
  const subject = message.split('\n', 1)[0]!;
  return { id: newest.oid, author: author.name, email: author.email, timeMs: author.timestamp * 1000, subject };
}

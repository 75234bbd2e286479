/**
 * A new root tree out of an old one and some changed files: only the trees on the way to them are made anew, by splicing their bytes.
 */

import { parseRawTree, type RawEntry } from '../tree-walk.ts';

/** Path → blob id; undefined: the file goes (and with the last file its folder). */
export type FileEdits = ReadonlyMap<string, string | undefined>;

export interface TreeStore {
  /** A tree's content by its id. */
  read(id: string): Promise<Buffer>;
  /** Keeps a new tree and returns its id. */
  write(content: Buffer): Promise<string>;
}

/** An entry to be set; undefined: to be removed. */
type EntryEdit = { mode: string; id: string } | undefined;

const FOLDER = '40000';

/** The id of the new root; undefined when nothing is left in it. */
export async function editTree(
  store: TreeStore,
  tree: string | undefined,
  edits: FileEdits,
): Promise<string | undefined> {
  const content = tree === undefined ? Buffer.alloc(0) : await store.read(tree);
  const entries = parseRawTree(content);
  const byName = new Map(entries.map((entry) => [entry.name.toString('utf8'), entry]));
  const changes = new Map<string, EntryEdit>();
  const below = new Map<string, Map<string, string | undefined>>();
  for (const [path, blob] of edits) {
    const slash = path.indexOf('/');
    if (slash >= 0) {
      const folder = path.slice(0, slash);
      const inside = below.get(folder) ?? new Map<string, string | undefined>();
      below.set(folder, inside.set(path.slice(slash + 1), blob));
    } else if (blob === undefined) changes.set(path, undefined);
    else changes.set(path, { mode: byName.get(path)?.mode === '100755' ? '100755' : '100644', id: blob });
  }
  for (const [folder, inside] of below) {
    const present = byName.get(folder);
    const id = await editTree(store, present?.mode === '040000' ? present.id : undefined, inside);
    changes.set(folder, id === undefined ? undefined : { mode: FOLDER, id });
  }
  const edited = spliceEntries(content, entries, changes);
  return edited.length === 0 ? undefined : store.write(edited);
}

/** The tree's bytes with the named entries set or removed, in git's order: by bytes, folders as if their names ended with `/`. Pure. */
export function spliceEntries(
  content: Buffer,
  entries: readonly RawEntry[],
  changes: ReadonlyMap<string, EntryEdit>,
): Buffer {
  const added = [...changes]
    .flatMap(([name, edit]) =>
      edit ? [{ bytes: encodeEntry(name, edit), key: sortKey(Buffer.from(name), edit.mode) }] : [],
    )
    .sort((a, b) => Buffer.compare(a.key, b.key));
  const parts: Buffer[] = [];
  let at = 0;
  /** Where the run of entries that stay begins. */
  let kept = 0;
  let next = 0;
  for (const { name, mode } of entries) {
    const length = mode.replace(/^0+/, '').length + 1 + name.length + 1 + 20;
    const addition = added[next];
    if (addition || changes.has(name.toString('utf8'))) {
      const key = sortKey(name, mode);
      while (next < added.length && Buffer.compare(added[next]!.key, key) <= 0) {
        parts.push(content.subarray(kept, at), added[next++]!.bytes);
        kept = at;
      }
      if (changes.has(name.toString('utf8'))) {
        parts.push(content.subarray(kept, at));
        kept = at + length;
      }
    }
    at += length;
  }
  parts.push(content.subarray(kept), ...added.slice(next).map(({ bytes }) => bytes));
  return Buffer.concat(parts);
}

function encodeEntry(name: string, { mode, id }: { mode: string; id: string }): Buffer {
  return Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]);
}

function sortKey(name: Buffer, mode: string): Buffer {
  return mode === FOLDER || mode === '040000' ? Buffer.concat([name, Buffer.from('/')]) : name;
}

/**
 * A new root tree out of an old one and some changed files: only the trees on the way to them are made anew.
 */

import type { ObjectMaker, TreeEntry } from './loose-objects.ts';

/** Path → blob id; undefined: the file goes (and with the last file its folder). */
export type FileEdits = ReadonlyMap<string, string | undefined>;

/** The entries of a tree by its id. */
export type ReadTree = (id: string) => Promise<readonly TreeEntry[]>;

/** The id of the new root; undefined when nothing is left in it. */
export async function editTree(
  readTree: ReadTree,
  maker: ObjectMaker,
  tree: string | undefined,
  edits: FileEdits,
): Promise<string | undefined> {
  const entries = new Map((tree === undefined ? [] : await readTree(tree)).map((entry) => [entry.path, entry]));
  const below = new Map<string, Map<string, string | undefined>>();
  for (const [path, blob] of edits) {
    const slash = path.indexOf('/');
    if (slash >= 0) {
      const folder = path.slice(0, slash);
      const inside = below.get(folder) ?? new Map<string, string | undefined>();
      below.set(folder, inside.set(path.slice(slash + 1), blob));
    } else if (blob === undefined) entries.delete(path);
    else {
      const mode = entries.get(path)?.mode === '100755' ? '100755' : '100644';
      entries.set(path, { mode, path, oid: blob, type: 'blob' });
    }
  }
  for (const [folder, inside] of below) {
    const present = entries.get(folder);
    const id = await editTree(readTree, maker, present?.type === 'tree' ? present.oid : undefined, inside);
    if (id === undefined) entries.delete(folder);
    else entries.set(folder, { mode: '040000', path: folder, oid: id, type: 'tree' });
  }
  return entries.size === 0 ? undefined : maker.tree([...entries.values()]);
}

const TYPES: Readonly<Record<string, TreeEntry['type']>> = { '040000': 'tree', '160000': 'commit' };

/** A tree object's content: `<mode> <name>NUL<20 bytes>` … */
export function parseTree(content: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at);
    const end = content.indexOf(0, space);
    if (space < 0 || end < 0 || end + 21 > content.length) throw new Error('git tree: cut off');
    const mode = content.toString('latin1', at, space).padStart(6, '0') as TreeEntry['mode'];
    const path = content.toString('utf8', space + 1, end);
    entries.push({ mode, path, oid: content.toString('hex', end + 1, end + 21), type: TYPES[mode] ?? 'blob' });
    at = end + 21;
  }
  return entries;
}

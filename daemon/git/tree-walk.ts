/**
 * The difference of two trees by walking them: only folders that differ are read. For small pushes; large ones are left to `git diff-tree`.
 * And whether a commit descends from another, by following parents for a few steps.
 */

import { readCommit } from './commit-object.ts';
import type { ObjectReader } from './object-reader.ts';
import type { TreeChange } from './tree.ts';

export interface RawEntry {
  /** Octal, six digits. */
  mode: string;
  /** The name's bytes. */
  name: Buffer;
  id: string;
}

/** A tree object's content: `<mode> <name>NUL<20 bytes>` … Throws when it is cut off. */
function parseRawTree(content: Buffer): RawEntry[] {
  const entries: RawEntry[] = [];
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at);
    const end = content.indexOf(0, space);
    if (space < 0 || end < 0 || end + 21 > content.length) throw new Error('git tree: cut off');
    entries.push({
      mode: content.toString('latin1', at, space).padStart(6, '0'),
      name: content.subarray(space + 1, end),
      id: content.toString('hex', end + 1, end + 21),
    });
    at = end + 21;
  }
  return entries;
}

const TREE_MODE = '040000';
/** Folders that are read before the walk gives up and git is asked: each is a read of its own. */
const FOLDERS_MAX = 500;
/** A tree larger than this (some 100,000 entries) is git's to read. */
const TREE_BYTES_MAX = 4 << 20;
/** Deeper than any path within its limit of bytes is likely to go, and far from the stack's end. */
const DEPTH_MAX = 200;
/** Commits looked at before git is asked: a push brings a few. */
const COMMITS_MAX = 64;

/** Files that differ between two commits' trees, in no defined order; undefined when it is too much for a walk. */
export async function walkTrees(
  reader: ObjectReader,
  from: string | undefined,
  to: string,
): Promise<{ changes: TreeChange[] } | undefined> {
  const changes: { mode: string; id: string | undefined; path: Buffer }[] = [];
  let folders = 0;
  const readTree = async (id: string | undefined): Promise<Map<string, RawEntry>> => {
    if (id === undefined) return new Map();
    const info = await reader.info(id);
    if (info?.type !== 'tree' || info.size > TREE_BYTES_MAX) throw TOO_MUCH;
    const object = await reader.read(id);
    return new Map(parseRawTree(object!.content).map((entry) => [entry.name.toString('latin1'), entry]));
  };
  const compare = async (
    before: string | undefined,
    after: string | undefined,
    prefix: Buffer,
    depth: number,
  ): Promise<void> => {
    folders++;
    if (folders > FOLDERS_MAX || depth > DEPTH_MAX) throw TOO_MUCH;
    const [old, now] = [await readTree(before), await readTree(after)];
    for (const name of new Set([...old.keys(), ...now.keys()])) {
      const [a, b] = [old.get(name), now.get(name)];
      if (a && b && a.id === b.id && a.mode === b.mode) continue;
      const path = Buffer.concat([prefix, (b ?? a)!.name]);
      const [oldTree, newTree] = [treeId(a), treeId(b)];
      if (a && !oldTree && (!b || newTree)) changes.push({ mode: '000000', id: undefined, path });
      if (b && !newTree) changes.push({ mode: b.mode, id: b.id, path });
      if (oldTree || newTree) await compare(oldTree, newTree, Buffer.concat([path, SLASH]), depth + 1);
    }
  };
  try {
    await compare(await rootOf(reader, from), await rootOf(reader, to), Buffer.alloc(0), 0);
  } catch (error) {
    if (error === TOO_MUCH) return undefined;
    throw error;
  }
  return { changes: changes.map(toTreeChange) };
}

const TOO_MUCH = new Error('too much to walk');
const SLASH = Buffer.from('/');

const treeId = (entry: RawEntry | undefined): string | undefined => (entry?.mode === TREE_MODE ? entry.id : undefined);

function toTreeChange({ mode, id, path }: { mode: string; id: string | undefined; path: Buffer }): TreeChange {
  const text = path.toString('utf8');
  const badPath = text.includes('\uFFFD') && !Buffer.from(text, 'utf8').equals(path);
  if (id === undefined) return { path: text, badPath, mode: 'absent', id };
  const kind = mode === '120000' ? 'link' : mode === '160000' ? 'submodule' : 'file';
  return { path: text, badPath, mode: kind, id };
}

async function rootOf(reader: ObjectReader, commit: string | undefined): Promise<string | undefined> {
  return commit === undefined ? undefined : (await readCommit(reader, commit)).tree;
}

/** True when `ancestor` is found among `descendant` and the commits before it; undefined when git has to be asked. */
export async function findAncestor(
  reader: ObjectReader,
  ancestor: string,
  descendant: string,
): Promise<true | undefined> {
  const seen = new Set<string>();
  const open = [descendant];
  for (let commit = open.shift(); commit !== undefined && seen.size < COMMITS_MAX; commit = open.shift()) {
    if (commit === ancestor) return true;
    if (seen.has(commit)) continue;
    seen.add(commit);
    open.push(...(await readCommit(reader, commit)).parents);
  }
  return undefined;
}

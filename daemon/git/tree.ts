/**
 * What a commit's tree holds and how it differs from another's, as git tells it in raw form. Parsing is pure.
 * Nothing here follows a link, a submodule or an attribute: entries are names, modes and ids.
 */

import { nextTurn } from '../base/turn.ts';
import { CONFIGURATION_FILE } from './configuration/read.ts';
import { GitOutputTooLarge, type RepositoryPlace, runGit } from './git-command.ts';
import { TREE_FILES_MAX } from './limits.ts';
import { EMPTY_TREE } from './repository.ts';

export type FileMode = 'file' | 'link' | 'submodule' | 'absent';

export interface TreeChange {
  /** Relative to the repository's root; bytes that are not UTF-8 appear as U+FFFD and `badPath` is set. */
  readonly path: string;
  readonly badPath: boolean;
  readonly mode: FileMode;
  /** Blob (or, for a submodule, commit) id; undefined when the file is gone. */
  readonly id: string | undefined;
}

export interface TreeSource {
  place: RepositoryPlace;
  objects?: Readonly<Record<string, string>>;
  /** Only what is under this folder (no slash at the end); `''`: all. */
  folder: string;
}

/** More entries than are allowed: the message is for people. */
export class TreeTooLarge extends Error {
  constructor() {
    super(
      `more than ${TREE_FILES_MAX} files change at once; split the commit or point --path at the manifests' folder`,
    );
    this.name = 'TreeTooLarge';
  }
}

/** All files whose entry differs between two commits; `from` undefined: everything that `to` has. */
export async function diffTrees(source: TreeSource, from: string | undefined, to: string): Promise<TreeChange[]> {
  const args = ['diff-tree', '-r', '-z', '--raw', '--no-abbrev', '--no-renames', '--no-textconv', '--no-ext-diff'];
  const { stdout } = await runGit(source.place, [...args, from ?? EMPTY_TREE, to, '--', ...pathspec(source)], {
    ...(source.objects ? { objects: source.objects } : {}),
  }).catch((error: unknown) => {
    throw error instanceof GitOutputTooLarge ? new TreeTooLarge() : error;
  });
  return parseRawDiff(stdout);
}

const pathspec = ({ folder }: TreeSource): string[] => (folder ? [folder, CONFIGURATION_FILE] : []);

const NUL = 0;

/** Entries that are read in one turn of the event loop: some 10 ms. */
const ENTRIES_IN_TURN = 5_000;

/** `:<old mode> <mode> <old id> <id> <status>NUL<path>NUL` … */
async function parseRawDiff(output: Buffer): Promise<TreeChange[]> {
  const changes: TreeChange[] = [];
  let at = 0;
  while (at < output.length) {
    const metaEnd = output.indexOf(NUL, at);
    const pathEnd = output.indexOf(NUL, metaEnd + 1);
    if (metaEnd < 0 || pathEnd < 0) throw new Error('git diff-tree: cut off');
    const [, mode = '', , id = ''] = output.toString('latin1', at, metaEnd).split(' ');
    changes.push(treeChange(mode, id, output.subarray(metaEnd + 1, pathEnd)));
    if (changes.length > TREE_FILES_MAX) throw new TreeTooLarge();
    if (changes.length % ENTRIES_IN_TURN === 0) await nextTurn();
    at = pathEnd + 1;
  }
  return changes;
}

function treeChange(octalMode: string, id: string, pathBytes: Buffer): TreeChange {
  const path = pathBytes.toString('utf8');
  const mode = fileMode(octalMode);
  return {
    path,
    badPath: path.includes('\uFFFD') && !Buffer.from(path, 'utf8').equals(pathBytes),
    mode,
    id: mode === 'absent' ? undefined : id,
  };
}

function fileMode(octal: string): FileMode {
  if (octal === '000000') return 'absent';
  if (octal === '120000') return 'link';
  if (octal === '160000') return 'submodule';
  return 'file';
}

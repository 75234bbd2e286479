/**
 * The repository of desired state: made (`DIR/desired.git`, bare) or taken as it is (`--repo`), configured, and its tracked branch's tip.
 *
 * Invariants: a ref is only ever moved from the value that was expected; a broken ref file is repaired from what was last published and never
 * taken for an absent one.
 */

import { readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GitError, gitText, type RepositoryPlace, runGit } from './git-command.ts';
import { PUSH_BYTES_MAX } from './limits.ts';
import { readRefFile } from './ref-file.ts';

export interface Repository extends RepositoryPlace {
  /** `refs/heads/main` */
  readonly ref: string;
  /** Made by reflet: its hooks and settings are reflet's alone. */
  readonly hosted: boolean;
  /** The remote that is followed: then nobody pushes here. */
  readonly mirrorOf?: string;
}

/** Every repository knows the empty tree, stored or not. */
export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
export const NO_OBJECT = '0'.repeat(40);

/** fsck gives these only a warning by default; in a tree of manifests nobody needs them. */
const REFUSED_BY_FSCK = [
  'hasDot',
  'hasDotdot',
  'hasDotgit',
  'fullPathname',
  'emptyName',
  'nullSha1',
  'zeroPaddedFilemode',
  'gitmodulesSymlink',
];

/** What every repository that takes pushes is set to. */
const RECEIVE_SETTINGS: Readonly<Record<string, string>> = {
  'receive.fsckObjects': 'true',
  'receive.maxInputSize': String(PUSH_BYTES_MAX),
  'receive.advertisePushOptions': 'true',
  'receive.autogc': 'false',
  'receive.denyCurrentBranch': 'updateInstead',
  'receive.hideRefs': 'refs/reflet',
  'uploadpack.allowFilter': 'true',
  'core.bigFileThreshold': '8m',
};

/**
 * Removes the lock that a git killed in the middle of moving the tracked branch left behind in a hosted repository: nobody else moves it while the
 * daemon is down, for the hooks refuse.
 */
async function removeStaleLock({ gitDir, ref }: Repository): Promise<void> {
  await rm(join(gitDir, `${ref}.lock`), { force: true });
}

/** A HEAD that a crash cut off makes git deny that there is a repository. */
async function repairHead(gitDir: string, branch: string): Promise<void> {
  const head = join(gitDir, 'HEAD');
  const info = await stat(head).catch(() => undefined);
  if (info?.size === 0) await writeFile(head, `ref: refs/heads/${branch}\n`);
}

/** Makes `gitDir` a bare repository with `branch` as HEAD when it is none yet, and sets it up. Idempotent. */
export async function hostRepository(
  gitDir: string,
  branch: string,
  hooksDir: string,
  mirrorOf?: string,
): Promise<Repository> {
  const place = { gitDir };
  await repairHead(gitDir, branch);
  if (!(await exists(join(gitDir, 'HEAD')))) {
    await runGit(place, ['init', '--quiet', '--bare', '--object-format=sha1', `--initial-branch=${branch}`, gitDir]);
  }
  await configure(place, { ...RECEIVE_SETTINGS, 'core.hooksPath': hooksDir, 'core.logAllRefUpdates': 'true' });
  const repository: Repository = {
    ...place,
    ref: `refs/heads/${branch}`,
    hosted: true,
    ...(mirrorOf ? { mirrorOf } : {}),
  };
  await removeStaleLock(repository);
  return repository;
}

/** Opens a repository of this host, bare or with a working tree. Throws an Error for people when it is none. */
export async function openRepository(path: string, branch: string): Promise<Repository> {
  const gitDir = (await exists(join(path, '.git'))) ? join(path, '.git') : path;
  if (await exists(join(gitDir, 'reftable')))
    throw new Error(
      `${path}: refs in reftable format are not supported yet; convert them: git -C ${path} refs migrate --ref-format=files`,
    );
  let answer: string;
  try {
    answer = await gitText({ gitDir }, [
      ...['rev-parse', '--path-format=absolute', '--show-object-format', '--is-bare-repository'],
      ...['--absolute-git-dir', '--git-common-dir'],
    ]);
  } catch (error) {
    throw new Error(`${path} is not a git repository; make one with \`git init ${path}\``, { cause: error });
  }
  const [format, bare, own = '', common = ''] = answer.split('\n');
  if (format !== 'sha1')
    throw new Error(`${path}: repositories with ${format} objects are not supported yet; use sha1`);
  // Branches belong to the repository that a linked worktree is of; so do the files that may follow them.
  const linkedTo = common.endsWith('/.git') ? dirname(common) : undefined;
  const workTree = own === common ? path : linkedTo;
  const place = { gitDir: common, ...(bare === 'true' || workTree === undefined ? {} : { workTree }) };
  await configure(place, RECEIVE_SETTINGS);
  return { ...place, ref: `refs/heads/${branch}`, hosted: false };
}

/** The same for what is fetched. */
export const FETCH_FSCK: Readonly<Record<string, string>> = Object.fromEntries(
  REFUSED_BY_FSCK.map((name) => [`fetch.fsck.${name}`, 'error']),
);

async function configure(place: RepositoryPlace, settings: Readonly<Record<string, string>>): Promise<void> {
  const fsck = REFUSED_BY_FSCK.map((name) => [`receive.fsck.${name}`, 'error'] as const);
  const present = await readSettings(place);
  for (const [name, value] of [...Object.entries(settings), ...fsck]) {
    if (present.get(name.toLowerCase()) !== value)
      await runGit(place, ['config', '--local', '--replace-all', name, value]);
  }
}

async function readSettings(place: RepositoryPlace): Promise<Map<string, string>> {
  const { stdout } = await runGit(place, ['config', '--local', '--list', '-z'], { accept: [1] });
  return new Map(
    stdout
      .toString('utf8')
      .split('\0')
      .filter(Boolean)
      .map((line) => [line.slice(0, line.indexOf('\n')).toLowerCase(), line.slice(line.indexOf('\n') + 1)] as const),
  );
}

/**
 * The commit that the tracked branch points to; undefined while it is unborn. Throws when the ref is broken. Whether the commit is there is not looked
 * at: {@link hasCommit} does.
 */
export function readTip(repository: Repository): Promise<string | undefined> {
  return readRef(repository, repository.ref);
}

/** {@link readTip} of any ref. */
export async function readRef(place: RepositoryPlace, ref: string): Promise<string | undefined> {
  const answer = await readRefFile(place.gitDir, ref);
  if (answer === 'absent') return undefined;
  if (answer !== 'ask git') return answer.id;
  const { exitCode, stdout, stderr } = await runGit(place, ['show-ref', '--verify', '--hash', ref], {
    accept: [1, 128],
  });
  const id = stdout.toString('latin1').trim();
  if (exitCode === 0 && /^[0-9a-f]{40}$/.test(id)) return id;
  if (await exists(join(place.gitDir, ref))) {
    throw new GitError(['show-ref'], exitCode, `${ref} is broken: ${stderr.trim()}`);
  }
  return undefined;
}

/**
 * {@link readTip}, after putting a broken ref file (cut off by a crash, say) back to `known`, which was in force.
 * Returns whether it had to.
 */
export async function repairTip(repository: Repository, known: string | undefined): Promise<boolean> {
  try {
    if (await repairPackedRefs(repository, known)) return true;
    const tip = await readTip(repository);
    if (tip === undefined || tip === known || (await hasCommit(repository, tip))) return false;
    throw new GitError(['show-ref'], 1, `${repository.ref} points to ${tip}, which is missing`);
  } catch (error) {
    if (known === undefined || !(await hasCommit(repository, known))) throw error;
    const file = join(repository.gitDir, repository.ref);
    const text = await readFile(file, 'latin1');
    if (/^[0-9a-f]{40}\n?$/.test(text) && (await hasCommit(repository, text.trim()))) throw error;
    await unlink(file);
    await runGit(repository, ['update-ref', repository.ref, known]);
    return true;
  }
}

/** git never writes an empty `packed-refs`: one that a crash cut off would make every branch in it look deleted. */
async function repairPackedRefs(repository: Repository, known: string | undefined): Promise<boolean> {
  const packed = join(repository.gitDir, 'packed-refs');
  const info = await stat(packed).catch(() => undefined);
  if (info?.size !== 0) return false;
  await unlink(packed);
  if (known === undefined || (await readTip(repository)) !== undefined) return false;
  await runGit(repository, ['update-ref', repository.ref, known]);
  return true;
}

export async function hasCommit(place: RepositoryPlace, id: string): Promise<boolean> {
  return (await runGit(place, ['cat-file', '-e', `${id}^{commit}`], { accept: [1, 128] })).exitCode === 0;
}

/** Whether `ancestor` is `descendant` or before it; `objects` names a quarantine. */
export async function isAncestor(
  place: RepositoryPlace,
  ancestor: string,
  descendant: string,
  objects?: Readonly<Record<string, string>>,
): Promise<boolean> {
  if (ancestor === descendant) return true;
  const { exitCode } = await runGit(place, ['merge-base', '--is-ancestor', ancestor, descendant], {
    accept: [1],
    ...(objects ? { objects } : {}),
  });
  return exitCode === 0;
}

/** Whether two commits share any history. */
export async function isRelated(place: RepositoryPlace, one: string, other: string): Promise<boolean> {
  return (await runGit(place, ['merge-base', one, other], { accept: [1, 128] })).exitCode === 0;
}

/** Moves the tracked branch from `from` (undefined: unborn) to `to`, hooks off; false when it was not at `from`. */
export async function moveTip(
  repository: Repository,
  from: string | undefined,
  to: string,
  why = 'reflet: write through the API',
): Promise<boolean> {
  const input = `update ${repository.ref}\0${to}\0${from ?? NO_OBJECT}\0`;
  const { exitCode, stderr } = await runGit(repository, ['update-ref', '-m', why, '--stdin', '-z'], {
    input,
    accept: [128],
  });
  if (exitCode === 0) return true;
  if (isElsewhere(stderr)) return false;
  throw new GitError(['update-ref'], exitCode, stderr);
}

/**
 * Whether `git update-ref` did not find a ref where it was expected. A ref that is broken or cannot be read may be there all the same: of it git says why
 * behind its name.
 */
export const isElsewhere = (stderr: string): boolean =>
  /is at [0-9a-f]{40} but expected|reference already exists|unable to resolve reference '[^']*'$/m.test(stderr);

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

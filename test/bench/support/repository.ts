/** git repositories full of manifests, for the scenarios that push and load them. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../daemon/base/process.ts';
import { configMapManifest } from './objects.ts';

/** As in a repository of a real size: a hundred folders of a hundred files. */
const FOLDERS = 100;

const IDENTITY = {
  GIT_AUTHOR_NAME: 'bench',
  GIT_AUTHOR_EMAIL: 'bench@localhost',
  GIT_COMMITTER_NAME: 'bench',
  GIT_COMMITTER_EMAIL: 'bench@localhost',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

/** Output without its last line end; rejects with what git said. */
export async function git(directory: string, ...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await run('git', ['-C', directory, ...args], { env: IDENTITY });
  if (exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${stderr.trim()}`);
  return stdout.trimEnd();
}

export const manifestName = (index: number) => `setting-${index}`;
const pathOf = (index: number) => `team-${index % FOLDERS}/${manifestName(index)}.yaml`;

/** Writes manifest number `index` into a work tree and commits it. Returns the commit. */
export async function commitManifest(workTree: string, index: number, value: string): Promise<string> {
  await writeFile(join(workTree, pathOf(index)), configMapManifest(manifestName(index), 'default', value));
  await git(workTree, 'commit', '-q', '-a', '-m', `Set ${manifestName(index)} to ${value}`);
  return git(workTree, 'rev-parse', 'HEAD');
}

/** A new work tree with one commit of `count` ConfigMaps on `main`. */
export async function createManifests(workTree: string, count: number): Promise<void> {
  await mkdir(workTree, { recursive: true });
  await git(workTree, 'init', '-q', '-b', 'main');
  for (let folder = 0; folder < Math.min(FOLDERS, count); folder++) {
    await mkdir(join(workTree, `team-${folder}`));
  }
  for (let index = 0; index < count; index++) {
    await writeFile(join(workTree, pathOf(index)), configMapManifest(manifestName(index), 'default', 'first'));
  }
  await git(workTree, 'add', '.');
  await git(workTree, 'commit', '-q', '-m', `${count} settings`);
}

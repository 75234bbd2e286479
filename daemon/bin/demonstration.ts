/**
 * The first application of a new repository: `examples/hello`, with an image made on this host from busybox, so that no registry is needed.
 */

import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../base/process.ts';
import { readOwnPackage } from './version.ts';

export const HELLO_IMAGE = 'localhost/reflet/hello:1';
/** The NodePort in `examples/hello/hello.yaml`. */
export const HELLO_PORT = 30_000;

/** What busybox is called by in the image. */
const APPLETS =
  'sh httpd wget cat ls ps sleep echo env ip nslookup ping top vi kill date hostname id tar stty mkdir rm cp mv grep sed awk head tail nc'.split(
    ' ',
  );

const PAGE = `<!doctype html>
<title>Hello from Reflet</title>
<h1>Hello from Reflet</h1>
<p>This page is served by a container that a git commit asked for. Edit hello.yaml, commit and push.</p>
`;

async function check(program: string, args: readonly string[], env: Record<string, string>): Promise<string> {
  const { exitCode, stdout, stderr } = await run(program, args, { env });
  if (exitCode !== 0) throw new Error(`${program} ${args[0]} failed: ${stderr.trim() || stdout.trim()}`);
  return stdout;
}

/** Makes {@link HELLO_IMAGE} unless it is there. `podmanEnvironment` holds CONTAINERS_CONF where the host needs one. */
export async function ensureHelloImage(podmanEnvironment: Record<string, string>): Promise<void> {
  if ((await run('podman', ['image', 'exists', HELLO_IMAGE], { env: podmanEnvironment })).exitCode === 0) return;
  const work = await mkdtemp(join(tmpdir(), 'reflet-hello-'));
  try {
    const busybox = (await check('sh', ['-c', 'command -v busybox'], {})).trim();
    await mkdir(join(work, 'root', 'bin'), { recursive: true });
    await mkdir(join(work, 'root', 'www'));
    await copyFile(busybox, join(work, 'root', 'bin', 'busybox'));
    for (const applet of APPLETS) await symlink('busybox', join(work, 'root', 'bin', applet));
    await writeFile(join(work, 'root', 'www', 'index.html'), PAGE);
    await chmod(join(work, 'root'), 0o755);
    const archive = join(work, 'hello.tar');
    await check('tar', ['-C', join(work, 'root'), '--owner=0', '--group=0', '-cf', archive, '.'], {});
    const command = 'CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]';
    await check(
      'podman',
      ['import', '--quiet', '--change', 'ENV PATH=/bin', '--change', command, archive, HELLO_IMAGE],
      podmanEnvironment,
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Commits the first manifest to an empty bare repository, before the daemon serves it. Does nothing (false) when the branch exists. */
export async function seedRepository(repository: string, branch: string): Promise<boolean> {
  const git = (args: readonly string[], input?: string) =>
    run('git', ['-C', repository, ...args], {
      env: { ...AUTHOR, GIT_CONFIG_NOSYSTEM: '1' },
      ...(input === undefined ? {} : { input }),
    });
  if ((await git(['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`])).exitCode === 0) return false;
  const example = join(readOwnPackage().directory, 'examples', 'hello', 'hello.yaml');
  const must = async (args: readonly string[], input?: string) => {
    const { exitCode, stdout, stderr } = await git(args, input);
    if (exitCode !== 0) throw new Error(`git ${args[0]} failed in ${repository}: ${stderr.trim()}`);
    return stdout.trim();
  };
  const blob = await must(['hash-object', '-w', '--stdin'], await readFile(example, 'utf8'));
  const tree = await must(['mktree'], `100644 blob ${blob}\thello.yaml\n`);
  const commit = await must(['commit-tree', tree, '-m', 'A first application']);
  await must(['-c', 'core.hooksPath=/dev/null', 'update-ref', `refs/heads/${branch}`, commit]);
  return true;
}

const AUTHOR = {
  GIT_AUTHOR_NAME: 'Reflet',
  GIT_AUTHOR_EMAIL: 'reflet@localhost',
  GIT_COMMITTER_NAME: 'Reflet',
  GIT_COMMITTER_EMAIL: 'reflet@localhost',
};

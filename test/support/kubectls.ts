/**
 * The kubectls that tests run: the host's, and Debian's, which is years older (1.20) and speaks what newer ones have left behind: protobuf OpenAPI v2,
 * discovery group by group, SPDY. The old one is fetched as a package and unpacked, never installed.
 */

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '../../daemon/base/process.ts';

export interface Kubectl {
  /** `1.32` */
  version: string;
  program: string;
}

/** Kept between runs: the package is 8 MB, and fetching it takes seconds. */
const OLD_PLACE = join(tmpdir(), 'reflet-kubectl-of-debian');
const PACKAGE = 'kubernetes-client';
const FETCH_MS_MAX = 60_000;

/** Every kubectl there is, one a version, and why one that was hoped for is not among them. */
export async function findKubectls(): Promise<{ kubectls: Kubectl[]; missing: string[] }> {
  const kubectls: Kubectl[] = [];
  const missing: string[] = [];
  for (const find of [async () => 'kubectl', fetchOld]) {
    const program = await find().catch((error: Error) => error);
    const version = typeof program === 'string' ? await versionOf(program) : undefined;
    if (typeof program !== 'string') missing.push(program.message);
    else if (!version) missing.push(`${program} does not run`);
    else if (!kubectls.some((one) => one.version === version)) kubectls.push({ version, program });
  }
  return { kubectls, missing };
}

async function versionOf(program: string): Promise<string | undefined> {
  const { exitCode, stdout } = await run(program, ['version', '--client', '-o', 'json']);
  if (exitCode !== 0) return undefined;
  const { major, minor } = (JSON.parse(stdout) as { clientVersion: { major: string; minor: string } }).clientVersion;
  return `${major}.${minor.replace(/\D/g, '')}`;
}

/** Rejects with what stands in the way. */
async function fetchOld(): Promise<string> {
  const program = join(OLD_PLACE, 'usr', 'bin', 'kubectl');
  if (existsSync(program)) return program;
  await mkdir(dirname(OLD_PLACE), { recursive: true });
  const place = await mkdtemp(`${OLD_PLACE}-`);
  try {
    const fetched = await run('apt-get', ['download', '-q', PACKAGE], { cwd: place, timeoutMs: FETCH_MS_MAX }).catch(
      (error: Error) => ({ exitCode: 1, stderr: error.message }),
    );
    const [file] = (await readdir(place)).filter((name) => name.endsWith('.deb'));
    if (fetched.exitCode !== 0 || !file)
      throw new Error(`an old kubectl could not be fetched (apt-get download ${PACKAGE}): ${fetched.stderr.trim()}`);
    const unpacked = await run('dpkg-deb', ['-x', join(place, file), join(place, 'unpacked')]);
    if (unpacked.exitCode !== 0) throw new Error(`an old kubectl could not be unpacked: ${unpacked.stderr.trim()}`);
    // Another worker may have been faster; then its copy is as good.
    await rename(join(place, 'unpacked'), OLD_PLACE).catch(() => {});
    return program;
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/**
 * `reflet plan`'s side of the wire: finds the commits in the clone that it is run in, asks the daemon, and sends it what it does not have yet.
 */

import { type RunResult, run, runBinary } from '../base/process.ts';
import type { HttpClient } from '../client/http.ts';
import type { PlanDocument } from '../plan/document.ts';
import { readStatusDocument } from './status.ts';

/** What the daemon takes; more than manifests is no pull request. */
const PACK_BYTES_MAX = 32 << 20;
const COMMIT = /^[0-9a-f]{40}$/;

export interface PlanQuestion {
  /** A branch, tag or commit, or a range `A..B`; undefined: what is checked out, or outside of a clone the tracked branch. */
  revision: string | undefined;
  /** Where the command is run. */
  directory: string;
}

/** Throws an Error for people when there is no plan. */
export async function askForPlan(client: HttpClient, { revision, directory }: PlanQuestion): Promise<PlanDocument> {
  const git = (args: readonly string[], input?: string): Promise<RunResult> =>
    run('git', ['-C', directory, ...args], input === undefined ? {} : { input });
  const isClone = (await git(['rev-parse', '--git-dir'])).exitCode === 0;
  const local = async (text: string): Promise<string> => {
    if (!isClone) return text;
    const found = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${text}^{commit}`]);
    return found.exitCode === 0 ? found.stdout.trim() : text;
  };
  const [from, to] = splitRange(revision);
  const wanted = to ?? (isClone ? 'HEAD' : undefined);
  const query = new URLSearchParams({
    ...(wanted === undefined ? {} : { revision: await local(wanted) }),
    ...(from === undefined ? {} : { from: await local(from) }),
  });
  const answer = await client.raw('POST', `/reflet/v1/plan?${query}`);
  const ids = [...query.values()].filter((id) => COMMIT.test(id));
  if (answer.code !== 404 || !isClone || ids.length === 0) return readPlan(answer);
  const { commit: inForce } = await readStatusDocument(client);
  const pack = await packObjects(directory, ids, inForce);
  return readPlan(await client.raw('POST', `/reflet/v1/plan?${query}`, pack));
}

function splitRange(revision: string | undefined): [from: string | undefined, to: string | undefined] {
  if (revision?.includes('...'))
    throw new Error(`${revision}: expected a branch or a range A..B; a branch is planned as merged anyway`);
  const at = revision?.indexOf('..') ?? -1;
  if (revision === undefined || at < 0) return [undefined, revision];
  return [revision.slice(0, at) || 'HEAD', revision.slice(at + 2) || 'HEAD'];
}

/** What the daemon lacks: everything of the commits that is not in what is in force. */
async function packObjects(
  directory: string,
  ids: readonly string[],
  inForce: string | undefined,
): Promise<Uint8Array> {
  if (inForce !== undefined) {
    const known = await run('git', ['-C', directory, 'cat-file', '-e', `${inForce}^{commit}`]);
    if (known.exitCode !== 0)
      throw new Error(
        `the daemon does not know ${ids[0]}, and this clone does not have ${inForce.slice(0, 12)}, which is in force: ` +
          'git fetch first (all of the history: a shallow clone will not do), or push the branch',
      );
  }
  const input = [...ids, ...(inForce ? [`^${inForce}`] : [])].join('\n');
  const { exitCode, stdout, stderr } = await runBinary(
    'git',
    ['-C', directory, 'pack-objects', '--revs', '--stdout', '--quiet', '--thin', '--delta-base-offset'],
    `${input}\n`,
  );
  if (exitCode !== 0) throw new Error(`git pack-objects failed: ${stderr.trim()}`);
  if (stdout.length > PACK_BYTES_MAX)
    throw new Error(`what was not pushed yet has ${stdout.length} bytes, more than ${PACK_BYTES_MAX}: push the branch`);
  return stdout;
}

function readPlan({ code, body }: { code: number; body: string }): PlanDocument {
  if (code === 200) return JSON.parse(body) as PlanDocument;
  let message = body.slice(0, 300);
  try {
    message = (JSON.parse(body) as { message?: string }).message ?? message;
  } catch {
    // No Status: something between here and the daemon answered.
  }
  throw new Error(message || `the daemon answered ${code}`);
}

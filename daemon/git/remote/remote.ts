/**
 * The remote branch: fetched into the mirror, pushed from it, by native git in a process of its own (packs are checked and bounded there, and the
 * API's event loop sees none of it).
 *
 * Invariants: only the configured URL is ever called; the mirror's tracked branch is not moved here; what git says is shown without credentials.
 */

import { GitError, gitText, runGit } from '../git-command.ts';
import { FETCH_BYTES_MAX, PUSH_TO_REMOTE_MS_MAX, REMOTE_MS_MAX } from '../limits.ts';
import { inert } from '../problem.ts';
import { FETCH_FSCK, type Repository } from '../repository.ts';
import { openTransport, type Transport, type TransportOptions } from './transport.ts';

/** Where a fetch leaves the remote's tip. */
const FETCHED_REF = 'refs/reflet/remote';

export type PushResult =
  | { result: 'accepted' }
  /** The remote branch is not where it was expected: somebody pushed. */
  | { result: 'moved' }
  /** The remote does not take it (a protected branch, a hook), in its words. */
  | { result: 'refused'; why: string };

export interface Remote {
  /** For people: it holds no password. */
  readonly url: string;
  /** The remote branch's tip, its objects in the mirror; undefined: there is no such branch. Throws {@link RemoteUnreachable}. */
  fetch(): Promise<string | undefined>;
  /** Moves the remote `ref` to `commit`, which must descend from it. Throws {@link RemoteUnreachable}. */
  push(commit: string, ref: string): Promise<PushResult>;
  /** The remote's refs become what the mirror's are, whatever they were. Throws {@link RemoteUnreachable}. */
  overwrite(refs: readonly string[]): Promise<PushResult>;
  /** The remote's ref into the mirror's of the same name; false when it has none. Throws {@link RemoteUnreachable}. */
  fetchRef(ref: string): Promise<boolean>;
}

/** The remote did not answer, or refused to talk at all. */
export class RemoteUnreachable extends Error {
  override name = 'RemoteUnreachable';
}

export function createRemote(repository: Repository, options: TransportOptions): Remote {
  const { remote } = options;
  const call = (args: readonly string[], timeoutMs: number, accept: readonly number[]) =>
    callRemote(repository, options, args, { timeoutMs, accept });
  /** False: the remote has no such ref. */
  const fetchInto = async (refspec: string): Promise<boolean> => {
    const { exitCode, stderr } = await call([...FETCH, '--', remote.url, refspec], REMOTE_MS_MAX, [128]);
    if (exitCode === 0) return true;
    if (/couldn't find remote ref/.test(stderr)) return false;
    throw new RemoteUnreachable(lastWords(stderr));
  };
  const push = async (refspecs: readonly string[]): Promise<PushResult> => {
    const { stdout, stderr } = await call([...PUSH, '--', remote.url, ...refspecs], PUSH_TO_REMOTE_MS_MAX, [1, 128]);
    return readPushAnswer(stdout.toString('utf8'), stderr);
  };
  return {
    url: remote.url,
    async fetch() {
      if (!(await fetchInto(`+${repository.ref}:${FETCHED_REF}`))) return undefined;
      return gitText(repository, ['rev-parse', '--verify', `${FETCHED_REF}^{commit}`]);
    },
    push: (commit, ref) => push([`${commit}:${ref}`]),
    overwrite: (refs) => push(refs.map((ref) => `+${ref}:${ref}`)),
    fetchRef: (ref) => fetchInto(`+${ref}:${ref}`),
  };
}

const FETCH = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--no-auto-gc'];
const PUSH = ['push', '--porcelain', '--no-verify', '--no-signed', '--recurse-submodules=no'];

async function callRemote(
  repository: Repository,
  options: TransportOptions,
  args: readonly string[],
  { timeoutMs, accept }: { timeoutMs: number; accept: readonly number[] },
): Promise<{ exitCode: number; stdout: Buffer; stderr: string }> {
  let transport: Transport | undefined;
  try {
    transport = await openTransport(options);
    const { settings, environment, secrets } = transport;
    const output = await runGit(repository, args, {
      settings: { ...settings, ...FETCH_FSCK, 'fetch.fsckObjects': 'true' },
      objects: environment,
      timeoutMs,
      accept,
      fileBytesMax: FETCH_BYTES_MAX,
    });
    return { ...output, stderr: withoutSecrets(output.stderr, secrets) };
  } catch (error) {
    const words =
      error instanceof GitError ? lastWords(error.stderr) : error instanceof Error ? error.message : String(error);
    throw new RemoteUnreachable(inert(withoutSecrets(words, transport?.secrets ?? [])));
  }
}

/** One line a ref: flag, refspec, summary (git-push, `--porcelain`). */
function readPushAnswer(stdout: string, stderr: string): PushResult {
  const lines = stdout.split('\n').filter((one) => /^[ +\-*!=]\t/.test(one));
  const line = lines.find((one) => one.startsWith('!')) ?? lines[0];
  if (line === undefined) throw new RemoteUnreachable(lastWords(stderr));
  if (!line.startsWith('!')) return { result: 'accepted' };
  const summary = line.split('\t')[2] ?? '';
  // Who lost a race is told one of these, by git itself or by the remote's.
  if (
    /\[rejected\]|fetch first|non-fast-forward|stale info|cannot lock ref|failed to update ref|incorrect old value|reference already exists/.test(
      summary,
    )
  )
    return { result: 'moved' };
  return { result: 'refused', why: remoteWords(stderr, summary) };
}

const WORDS_MAX = 500;

/** What the remote's hooks and rules said, and why git says it was refused. */
function remoteWords(stderr: string, summary: string): string {
  const said = stderr.split('\n').flatMap((line) => /^remote: ?(.*)$/.exec(line)?.[1]?.trim() || []);
  const reason = /\((.*)\)\s*$/.exec(summary)?.[1] ?? summary;
  return inert([...said, reason].filter(Boolean).join('; ')).slice(0, WORDS_MAX);
}

/** The line that says most: git's own `fatal: …`, before which ssh or the remote may have said why. */
function lastWords(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const telling = lines.filter((line) => !/^(Please make sure|and the repository exists)/.test(line));
  return inert(telling.slice(-2).join('; ') || 'git gave no reason').slice(0, WORDS_MAX);
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.filter(Boolean).reduce((shown, secret) => shown.replaceAll(secret, '…'), text);
}

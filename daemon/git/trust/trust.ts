/**
 * Whose commits are taken: each commit of a range is verified, on every path of it, before anything of it is parsed. And what an allowed signer confirms
 * by hand. It decides by what was in force before the range; the range itself has no say.
 */

import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { type RepositoryPlace, runGit } from '../git-command.ts';
import { COMMIT_BYTES_MAX, TRUST_RANGE_MAX, VERIFY_AT_ONCE_MAX } from '../limits.ts';
import type { ObjectReader } from '../object-reader.ts';
import type { PushProblem } from '../problem.ts';
import { isAncestor } from '../repository.ts';
import { CONFIRM_NAMESPACE, ownPolicy, policyOf, type RootOfTrust, type TrustPolicy, unusedTrust } from './policy.ts';
import { readRootFile } from './root-file.ts';
import { kindOf, takeApart } from './signature.ts';
import { type CommitSigner, describeSigner } from './signer.ts';
import type { SigningKey } from './signing-key.ts';
import { createVerifier, type Verifier } from './verifier.ts';

export interface TrustOptions {
  repository: RepositoryPlace;
  clock: Clock;
  /** For files of the verification. */
  runDir: string;
  /** `--allowed-signers` */
  rootFile?: string;
  signingKey: SigningKey;
}

export interface Range {
  /** In force; undefined: nothing is, and all of the history is the range. */
  readonly from: string | undefined;
  /** Admitted before and not in force yet: what is before it was verified then. */
  readonly admitted?: string | undefined;
  readonly to: string;
  readonly reader: ObjectReader;
  /** Where a quarantined push's objects are. */
  readonly objects?: Readonly<Record<string, string>>;
}

export interface Trust {
  /** Whether commits must be signed. */
  isRequired(trust: Configuration['trust']): boolean;
  /** Empty: the range may be read. */
  judgeRange(trust: Configuration['trust'], range: Range): Promise<readonly PushProblem[]>;
  /** Why the signature is none of an allowed signer over {@link confirmStatement}; undefined when it is. */
  refuseConfirmation(trust: Configuration['trust'], commit: string, signature: string): Promise<string | undefined>;
  /** Who signed a commit, and whether that counts. */
  signerOf(trust: Configuration['trust'], commit: string, reader: ObjectReader): Promise<CommitSigner>;
  /** What of a new reflet.yaml has no effect. */
  warnings(trust: Configuration['trust']): Promise<readonly string[]>;
  /** For the daemon's own commits. */
  signCommit(content: Buffer): Buffer;
}

/** What an allowed signer signs to let a commit pass: with `ssh-keygen -Y sign -n reflet-confirm`, or `gpg --armor --detach-sign`. */
export const confirmStatement = (commit: string): string => `reflet confirm ${commit}\n`;

export function createTrust(options: TrustOptions): Trust {
  const { rootFile, signingKey, clock, runDir } = options;
  const readRoot = async (): Promise<RootOfTrust | undefined> => (rootFile ? readRootFile(rootFile) : undefined);
  const withVerifier = async <T>(policy: TrustPolicy, use: (verifier: Verifier) => Promise<T>): Promise<T> => {
    const verifier = await createVerifier(policy, join(runDir, 'trust'), clock.now());
    try {
      return await use(verifier);
    } finally {
      await verifier.close();
    }
  };
  /** The branch may leave writes of the daemon's own behind (made beside a tip that was refused), but nothing that people have signed. */
  const leavesPeople = async ({ from, to, reader, objects }: Range): Promise<PushProblem | undefined> => {
    if (from === undefined || (await isAncestor(options.repository, from, to, objects))) return undefined;
    const left = await listCommits(options.repository, from, [to], objects);
    const refuse = (verifier: Verifier) =>
      judgeCommits(left, { reader, to }, ownPolicy(signingKey.publicKey), verifier);
    const strange =
      left.length > TRUST_RANGE_MAX || (await withVerifier(ownPolicy(signingKey.publicKey), refuse)).length > 0;
    const message = `nobody signed that the branch leaves ${from.slice(0, 12)}, which is in force`;
    return strange ? problemOf(to, message, 'a commit that descends from it') : undefined;
  };
  const isRequired = (trust: Configuration['trust']) => rootFile !== undefined || trust.signatures !== 'none';
  return {
    isRequired,
    async judgeRange(trust, range) {
      if (!isRequired(trust)) return [];
      try {
        const policy = policyOf(trust, await readRoot(), signingKey.publicKey);
        const left = await leavesPeople(range);
        if (left) return [left];
        const listed = await listRange(options.repository, range);
        if ('problem' in listed) return [listed.problem];
        return await withVerifier(policy, (verifier) => judgeCommits(listed.commits, range, policy, verifier));
      } catch (error) {
        return [problemOf(range.to, error instanceof Error ? error.message : String(error))];
      }
    },
    async refuseConfirmation(trust, commit, signature) {
      const kind = kindOf(signature);
      if (!kind) return 'the signature is neither of SSH nor of GPG';
      const policy = policyOf(trust, await readRoot(), signingKey.publicKey);
      const payload = Buffer.from(confirmStatement(commit));
      const question = { payload, signature, with: kind, namespace: CONFIRM_NAMESPACE, madeMs: clock.now() };
      return withVerifier(policy, (verifier) => verifier.refuse(question));
    },
    async signerOf(trust, commit, reader) {
      const policy = policyOf(trust, await readRoot(), signingKey.publicKey);
      return withVerifier(policy, (verifier) => describeSigner(reader, commit, policy, verifier));
    },
    async warnings(trust) {
      return unusedTrust(trust, await readRoot());
    },
    signCommit: (content) => signingKey.signCommit(content),
  };
}

/** Every commit that would come into force, on all sides of merges, newest first. */
async function listRange(
  repository: RepositoryPlace,
  { from, admitted, to, objects }: Range,
): Promise<{ commits: readonly string[] } | { problem: PushProblem }> {
  const known = [from, admitted].flatMap((id) => (id === undefined ? [] : [id]));
  const commits = await listCommits(repository, to, known, objects);
  if (commits.length > TRUST_RANGE_MAX) {
    const message = `it brings more than ${TRUST_RANGE_MAX} commits, too many to verify at once`;
    return { problem: problemOf(to, message, 'fewer at a time') };
  }
  if (commits[0] !== to && !known.includes(to))
    return { problem: problemOf(to, 'nobody signed that the branch goes back') };
  return { commits };
}

/** One more than {@link TRUST_RANGE_MAX} when there are more. */
async function listCommits(
  repository: RepositoryPlace,
  of: string,
  without: readonly string[],
  objects: Range['objects'],
): Promise<readonly string[]> {
  const not = without.map((id) => `^${id}`);
  const args = ['rev-list', `--max-count=${TRUST_RANGE_MAX + 1}`, '--end-of-options', of, ...not];
  const { stdout } = await runGit(repository, args, objects ? { objects } : {});
  return stdout.toString('latin1').split('\n').filter(Boolean);
}

async function judgeCommits(
  commits: readonly string[],
  { reader, to }: Pick<Range, 'reader' | 'to'>,
  policy: TrustPolicy,
  verifier: Verifier,
): Promise<PushProblem[]> {
  const reasons = new Map<string, string>();
  const open = [...commits];
  const work = async (): Promise<void> => {
    for (let commit = open.shift(); commit !== undefined; commit = open.shift()) {
      const reason = await refuseCommit(reader, commit, verifier);
      if (reason !== undefined) reasons.set(commit, reason);
    }
  };
  await Promise.all(Array.from({ length: VERIFY_AT_ONCE_MAX }, work));
  const expected = `a signature by an allowed signer (${policy.source})`;
  return commits.flatMap((commit) => {
    const reason = reasons.get(commit);
    return reason === undefined ? [] : [problemOf(commit, reason, expected, to)];
  });
}

async function refuseCommit(reader: ObjectReader, commit: string, verifier: Verifier): Promise<string | undefined> {
  const info = await reader.info(commit);
  if (info?.type !== 'commit') return 'it is missing';
  if (info.size > COMMIT_BYTES_MAX) return `it has ${info.size} bytes, more than ${COMMIT_BYTES_MAX}`;
  const signed = takeApart((await reader.read(commit))!.content);
  if (typeof signed === 'string') return signed;
  return verifier.refuse({ ...signed, namespace: 'git', madeMs: signed.timeSeconds * 1_000 });
}

function problemOf(commit: string, reason: string, expected?: string, tip = commit): PushProblem {
  const way = `\`reflet confirm ${tip}\` by an allowed signer`;
  return {
    file: '',
    object: `commit ${commit.slice(0, 12)}`,
    message: reason,
    expected: expected ? `${expected}, or ${way}` : way,
  };
}

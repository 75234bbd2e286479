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
import { CONFIRM_NAMESPACE, policyOf, type RootOfTrust, type TrustPolicy, unusedTrust } from './policy.ts';
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
  return {
    async judgeRange(trust, range) {
      if (!rootFile && trust.signatures === 'none') return [];
      try {
        const policy = policyOf(trust, await readRoot(), signingKey.publicKey);
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

/** Every commit that would come into force, on all sides of merges. */
async function listRange(
  repository: RepositoryPlace,
  { from, admitted, to, objects }: Range,
): Promise<{ commits: readonly string[] } | { problem: PushProblem }> {
  const more = objects ? { objects } : {};
  if (from !== undefined && !(await isAncestor(repository, from, to, objects).catch(() => false))) {
    const message = `nobody signed that the branch leaves ${from.slice(0, 12)}, which is in force`;
    return { problem: problemOf(to, message, 'a commit that descends from it') };
  }
  const known = [from, admitted].flatMap((id) => (id === undefined ? [] : [`^${id}`]));
  const args = ['rev-list', `--max-count=${TRUST_RANGE_MAX + 1}`, '--end-of-options', to, ...known];
  const commits = (await runGit(repository, args, more)).stdout.toString('latin1').split('\n').filter(Boolean);
  if (commits.length > TRUST_RANGE_MAX)
    return {
      problem: problemOf(
        to,
        `it brings more than ${TRUST_RANGE_MAX} commits, too many to verify at once`,
        'fewer at a time',
      ),
    };
  // Newest first, so that the tip is the first; an empty list is only right for what is known already.
  if (commits[0] !== to && to !== from && to !== admitted)
    return { problem: problemOf(to, 'git does not tell its history') };
  return { commits };
}

async function judgeCommits(
  commits: readonly string[],
  { reader, to }: Range,
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

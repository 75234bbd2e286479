/**
 * Who signed a commit, for people: the allowed signer, or why the signature does not count. It decides nothing.
 */

import { COMMIT_BYTES_MAX } from '../limits.ts';
import type { ObjectReader } from '../object-reader.ts';
import type { TrustPolicy } from './policy.ts';
import { keyOfSshSignature, type Signed, type SignedWith, takeApart } from './signature.ts';
import type { Verifier } from './verifier.ts';

export interface CommitSigner {
  readonly with: SignedWith | 'none';
  /** The principal of the allowed signer, a GPG key's user id, or which key it is; undefined when it cannot be told. */
  readonly name?: string;
  /** Why the signature does not count; undefined: it is an allowed signer's, or there is none. */
  readonly problem?: string;
}

export async function describeSigner(
  reader: ObjectReader,
  commit: string,
  policy: TrustPolicy,
  verifier: Verifier,
): Promise<CommitSigner> {
  const info = await reader.info(commit);
  if (info?.type !== 'commit' || info.size > COMMIT_BYTES_MAX) return { with: 'none', problem: 'it cannot be read' };
  const { content } = (await reader.read(commit))!;
  const signed = takeApart(content);
  if (typeof signed === 'string') return { with: 'none', ...(hasSignature(content) ? { problem: signed } : {}) };
  const question = { ...signed, namespace: 'git', madeMs: signed.timeSeconds * 1_000 };
  const { problem, gpgName } = await verifier.verify(question);
  const name = gpgName ?? nameOf(signed, policy);
  return { with: signed.with, ...(name ? { name } : {}), ...(problem === undefined ? {} : { problem }) };
}

const hasSignature = (content: Buffer): boolean => content.toString('latin1').split('\n\n', 1)[0]!.includes('\ngpgsig');

/** Of SSH alone: gpg names its keys itself. */
function nameOf({ with: kind, signature }: Signed, { allowedSigners }: TrustPolicy): string | undefined {
  const key = kind === 'ssh' ? keyOfSshSignature(signature) : undefined;
  if (!key) return undefined;
  const line = allowedSigners.split('\n').find((text) => text.includes(` ${key.base64}`));
  return line?.split(' ', 1)[0] ?? key.fingerprint;
}

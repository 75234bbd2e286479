/**
 * Takes a signed commit apart: what was signed, the signature, and which key it says it is by. Pure, and stricter than git: what git could read in two
 * ways is refused. It verifies nothing.
 */

import { createHash } from 'node:crypto';
import { SIGNATURE_BYTES_MAX } from '../limits.ts';

export type SignedWith = 'ssh' | 'gpg';

export interface Signed {
  readonly payload: Buffer;
  /** Armored. */
  readonly signature: string;
  readonly with: SignedWith;
  /** When the committer says that it was made; seconds since the epoch. */
  readonly timeSeconds: number;
}

/** Text for people when it is not signed in a way that can be verified. */
export function takeApart(content: Buffer): Signed | string {
  const text = content.toString('latin1');
  const end = text.indexOf('\n\n');
  if (end < 0) return 'it is damaged';
  const lines = text.slice(0, end).split('\n');
  const kept: string[] = [];
  const signature: string[] = [];
  let headers = 0;
  let isSignature = false;
  for (const line of lines) {
    if (!line.startsWith(' ')) isSignature = false;
    if (line.startsWith('gpgsig ')) {
      headers++;
      isSignature = true;
      signature.push(line.slice('gpgsig '.length));
    } else if (isSignature) signature.push(line.slice(1));
    else kept.push(line);
  }
  if (kept.some((line) => line.startsWith('gpgsig'))) return 'its signature is of a kind that is not supported';
  if (headers === 0) return 'it is not signed';
  if (headers > 1) return 'it is signed several times';
  const armored = `${signature.join('\n')}\n`;
  const kind = kindOf(armored);
  if (!kind) return 'its signature is neither of SSH nor of GPG';
  const time = /^committer .* (\d{1,11}) [+-]\d{4}$/.exec(kept.find((line) => line.startsWith('committer ')) ?? '');
  if (!time) return 'it does not say when it was made';
  return {
    payload: Buffer.from([...kept, text.slice(end + 1)].join('\n'), 'latin1'),
    signature: armored,
    with: kind,
    timeSeconds: Number(time[1]),
  };
}

/** By its first line; undefined when it is nothing that can be verified. */
export function kindOf(armored: string): SignedWith | undefined {
  if (armored.length > SIGNATURE_BYTES_MAX) return undefined;
  if (armored.startsWith('-----BEGIN SSH SIGNATURE-----\n')) return 'ssh';
  return armored.startsWith('-----BEGIN PGP SIGNATURE-----\n') ? 'gpg' : undefined;
}

export interface SshKey {
  readonly type: string;
  /** As in a .pub file. */
  readonly base64: string;
  /** `SHA256:…`, as ssh-keygen shows it. */
  readonly fingerprint: string;
}

/** The key that an SSH signature says it was made with (PROTOCOL.sshsig); undefined when it is damaged. */
export function keyOfSshSignature(armored: string): SshKey | undefined {
  const body = /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)\n-----END SSH SIGNATURE-----\n?$/.exec(
    armored,
  )?.[1];
  const bytes = Buffer.from(body?.replaceAll('\n', '') ?? '', 'base64');
  if (bytes.length < 14 || bytes.toString('latin1', 0, 6) !== 'SSHSIG' || bytes.readUInt32BE(6) !== 1) return undefined;
  const blob = readField(bytes, 10);
  const type = blob && readField(blob, 0);
  if (!blob || !type) return undefined;
  const hash = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
  return { type: type.toString('latin1'), base64: blob.toString('base64'), fingerprint: `SHA256:${hash}` };
}

function readField(bytes: Buffer, at: number): Buffer | undefined {
  if (at + 4 > bytes.length) return undefined;
  const end = at + 4 + bytes.readUInt32BE(at);
  return end > bytes.length ? undefined : bytes.subarray(at + 4, end);
}

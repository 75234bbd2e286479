/**
 * Who may sign: as reflet.yaml in force says, or as the daemon was started with. Pure.
 *
 * With `--allowed-signers FILE` that file alone says who signs, and everything must be signed: no commit can loosen it. Of reflet.yaml only `revoked`
 * counts then, for it only tightens.
 */

import { formatTime } from '../../base/clock.ts';
import type { AllowedSigner, Configuration } from '../configuration/configuration.ts';

/** What `--allowed-signers FILE` holds. */
export interface RootOfTrust {
  /** The file, for messages. */
  readonly path: string;
  /** In OpenSSH's form. */
  readonly allowedSigners: string;
  /** Armored. */
  readonly gpgKeys: readonly string[];
}

export interface TrustPolicy {
  readonly required: boolean;
  /** In OpenSSH's form (ssh-keygen(1), ALLOWED SIGNERS), times in UTC. */
  readonly allowedSigners: string;
  readonly gpgKeys: readonly string[];
  readonly revoked: ReadonlySet<string>;
  /** Where it is written who may sign: for messages. */
  readonly source: string;
}

/** What the signature of `reflet confirm` is made for: no other signature can be taken for one. */
export const CONFIRM_NAMESPACE = 'reflet-confirm';
const NAMESPACES = `namespaces="git,${CONFIRM_NAMESPACE}"`;

/** `ownKey`: the daemon's own, for commits only. */
export function policyOf(
  { signatures, allowedSigners, gpgKeys, revoked }: Configuration['trust'],
  root: RootOfTrust | undefined,
  ownKey: string,
): TrustPolicy {
  const own = ownLine(ownKey);
  const tightening = { revoked: new Set(revoked.map(normalize)) };
  if (root) {
    const lines = `${root.allowedSigners.trimEnd()}\n${own}\n`;
    return { ...tightening, required: true, allowedSigners: lines, gpgKeys: root.gpgKeys, source: root.path };
  }
  return {
    ...tightening,
    required: signatures === 'required',
    allowedSigners: [...allowedSigners.map(signerLine), own, ''].join('\n'),
    gpgKeys,
    source: 'trust in reflet.yaml',
  };
}

/** Only the daemon itself. */
export const ownPolicy = (ownKey: string): TrustPolicy => ({
  required: true,
  allowedSigners: `${ownLine(ownKey)}\n`,
  gpgKeys: [],
  revoked: new Set(),
  source: 'reflet itself',
});

const ownLine = (ownKey: string): string => `reflet namespaces="git" ${ownKey}`;

function signerLine({ principal, sshKey, validAfterMs, validBeforeMs }: AllowedSigner): string {
  const options = [
    NAMESPACES,
    ...(validAfterMs === undefined ? [] : [`valid-after="${sshTime(validAfterMs)}"`]),
    ...(validBeforeMs === undefined ? [] : [`valid-before="${sshTime(validBeforeMs)}"`]),
  ];
  return `${principal} ${options.join(',')} ${sshKey}`;
}

/** `20270104080000`: read in the time zone of the process, which is set to UTC. */
export const sshTime = (ms: number): string =>
  formatTime(ms)
    .replace(/[^0-9]/g, '')
    .slice(0, 14);

/** Fingerprints of GPG keys are the same in either case. */
export const normalize = (fingerprint: string): string =>
  fingerprint.startsWith('SHA256:') ? fingerprint : fingerprint.toUpperCase();

/** What of reflet.yaml has no effect beside `--allowed-signers`: told to who changes it. */
export function unusedTrust(
  { signatures, allowedSigners, gpgKeys }: Configuration['trust'],
  root?: RootOfTrust,
): string[] {
  if (!root || (signatures === 'none' && allowedSigners.length + gpgKeys.length === 0)) return [];
  return [
    `reflet.yaml: trust.signatures, trust.allowedSigners and trust.gpgKeys have no effect here: ${root.path}, which the daemon was started with, says who signs`,
  ];
}

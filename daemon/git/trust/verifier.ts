/**
 * Verifies signatures with OpenSSH's and GnuPG's own programs, as git does, over key lists that the daemon writes: no setting, keyring or agent of a
 * user counts. Whatever goes wrong is a reason to refuse.
 *
 * A key must be valid now and at the time that the commit gives itself: that time is the signer's own word, and a lost key could be used with an old one.
 */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../base/process.ts';
import { VERIFY_MS_MAX } from '../limits.ts';
import { normalize, sshTime, type TrustPolicy } from './policy.ts';
import { keyOfSshSignature, type SignedWith } from './signature.ts';

export interface Question {
  readonly payload: Buffer;
  readonly signature: string;
  readonly with: SignedWith;
  /** Of SSH's signatures: what they were made for. */
  readonly namespace: string;
  /** When it says that it was made; milliseconds since the epoch. */
  readonly madeMs: number;
}

export interface Verdict {
  /** Undefined: an allowed signer made it. Else the reason, for people. */
  readonly problem: string | undefined;
  /** The user id of a GPG key that is known, `Ada <ada@example.org>`; else of one that is not its id. */
  readonly gpgName?: string;
}

export interface Verifier {
  /** Undefined: an allowed signer made it. Else the reason, for people. */
  refuse(question: Question): Promise<string | undefined>;
  verify(question: Question): Promise<Verdict>;
  close(): Promise<void>;
}

/** `folder`: of the daemon's own, for files that live as long as the verifier. `now` in milliseconds since the epoch. */
export async function createVerifier(policy: TrustPolicy, folder: string, now: number): Promise<Verifier> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const directory = await mkdtemp(join(folder, 'trust-'));
  const signersFile = join(directory, 'allowed_signers');
  await writeFile(signersFile, policy.allowedSigners, { mode: 0o600 });
  let files = 0;
  let home: Promise<string> | undefined;
  const verify = async (question: Question): Promise<Verdict> => {
    files++;
    const file = join(directory, `${files}.sig`);
    await writeFile(file, question.signature, { mode: 0o600 });
    try {
      if (question.with === 'ssh') return { problem: await refuseSsh(question, policy, { file, signersFile, now }) };
      home ??= makeKeyring(policy.gpgKeys, join(directory, 'gnupg'));
      return await verifyGpg(question, policy, file, await home);
    } catch (error) {
      return { problem: error instanceof Error ? error.message : String(error) };
    } finally {
      await rm(file, { force: true });
    }
  };
  return {
    verify,
    refuse: async (question) => (await verify(question)).problem,
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

interface SshFiles {
  file: string;
  signersFile: string;
  now: number;
}

async function refuseSsh(
  { signature, payload, namespace, madeMs }: Question,
  { allowedSigners, revoked, source }: TrustPolicy,
  { file, signersFile, now }: SshFiles,
): Promise<string | undefined> {
  const key = keyOfSshSignature(signature);
  if (!key) return 'its SSH signature is damaged';
  if (key.type.includes('-cert-')) return 'it is signed with a certificate, which is not supported';
  if (revoked.has(key.fingerprint)) return `it is signed with ${key.fingerprint}, a key that is revoked`;
  const common = ['-f', signersFile, '-s', file];
  const found = await sshKeygen(['-Y', 'find-principals', ...common, `-Overify-time=${sshTime(now)}`]);
  const principal = found.stdout.split('\n', 1)[0]?.trim();
  if (found.exitCode !== 0 || !principal) {
    return allowedSigners.includes(` ${key.base64}`)
      ? `it is signed with ${key.fingerprint}, a key that is not valid now`
      : `it is signed with ${key.fingerprint}, a key of nobody in ${source}`;
  }
  const args = ['-Y', 'verify', ...common, '-n', namespace, '-I', principal, `-Overify-time=${sshTime(madeMs)}`];
  const verified = await sshKeygen(args, payload);
  if (verified.exitCode === 0) return undefined;
  return `its signature with ${key.fingerprint} (${principal}) does not hold, or the key was not valid when it was made`;
}

async function sshKeygen(args: readonly string[], input?: Buffer): Promise<{ exitCode: number; stdout: string }> {
  const result = await run('ssh-keygen', args, {
    ...(input ? { input } : {}),
    env: { TZ: 'UTC', HOME: '/nonexistent' },
    timeoutMs: VERIFY_MS_MAX,
  });
  if (result.exitCode === NOT_RUN)
    throw new Error(
      'its SSH signature cannot be verified: ssh-keygen does not run on this host (install openssh-client)',
    );
  return result;
}

/** What {@link run} gives for a program that is missing or was killed. */
const NOT_RUN = 127;

const gpg = async (home: string, args: readonly string[], input?: Buffer | string) => {
  const fixed = [
    '--no-options',
    '--batch',
    '--no-tty',
    '--no-autostart',
    '--no-auto-check-trustdb',
    '--trust-model=always',
  ];
  const result = await run('gpg', [`--homedir=${home}`, ...fixed, ...args], {
    ...(input === undefined ? {} : { input }),
    env: { HOME: '/nonexistent', GNUPGHOME: home },
    timeoutMs: VERIFY_MS_MAX,
  });
  if (result.exitCode === NOT_RUN)
    throw new Error('its GPG signature cannot be verified: gpg does not run on this host (install gnupg)');
  return result;
};

async function makeKeyring(keys: readonly string[], home: string): Promise<string> {
  await mkdir(home, { mode: 0o700 });
  for (const [index, key] of keys.entries()) {
    const { exitCode } = await gpg(home, ['--quiet', '--import'], key);
    if (exitCode !== 0) throw new Error(`number ${index + 1} of the GPG keys that may sign cannot be read by gpg`);
  }
  return home;
}

/** GnuPG's status lines that make a signature bad, with what to say. */
const GPG_REASONS: Readonly<Record<string, string>> = {
  BADSIG: 'its GPG signature does not hold',
  EXPSIG: 'its GPG signature is expired',
  EXPKEYSIG: 'it is signed with a GPG key that is expired',
  REVKEYSIG: 'it is signed with a GPG key that is revoked',
  ERRSIG: 'it is signed with a GPG key of nobody who may sign',
};

async function verifyGpg({ payload }: Question, policy: TrustPolicy, file: string, home: string): Promise<Verdict> {
  const { exitCode, stdout } = await gpg(home, ['--status-fd=1', '--verify', '--', file, '-'], payload);
  const status = stdout
    .split('\n')
    .filter((line) => line.startsWith('[GNUPG:] '))
    .map((line) => line.split(' ').slice(1));
  const gpgName = nameOf(status);
  return { problem: refuseStatus(status, exitCode, policy), ...(gpgName ? { gpgName } : {}) };
}

function refuseStatus(
  status: readonly (readonly string[])[],
  exitCode: number,
  { revoked, source }: TrustPolicy,
): string | undefined {
  const bad = status.find(([word = '']) => Object.hasOwn(GPG_REASONS, word));
  if (bad) return `${GPG_REASONS[bad[0]!]} (${bad[1]}); ${source} says who may`;
  const good = status.filter(([word]) => word === 'GOODSIG');
  const valid = status.filter(([word]) => word === 'VALIDSIG');
  if (exitCode !== 0 || good.length !== 1 || valid.length !== 1) return 'its GPG signature does not hold';
  const [, own = '', ...rest] = valid[0]!;
  const taken = [own, rest.at(-1) ?? ''].map(normalize).find((fingerprint) => revoked.has(fingerprint));
  return taken ? `it is signed with ${taken}, a key that is revoked` : undefined;
}

/** `GOODSIG <key id> <user id>`, and so for all that speak of a known key; of `ERRSIG <key id> …` the id (doc/DETAILS of GnuPG). */
function nameOf(status: readonly (readonly string[])[]): string | undefined {
  const line = status.find(([word = '']) => word === 'GOODSIG' || Object.hasOwn(GPG_REASONS, word));
  if (!line) return undefined;
  const [word, key, ...userId] = line;
  return word === 'ERRSIG' ? key : unescaped(userId.join(' '));
}

/** Percent and two hex digits for what would break the line. */
const unescaped = (text: string): string =>
  text.replace(/%([0-9A-Fa-f]{2})/g, (_all, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));

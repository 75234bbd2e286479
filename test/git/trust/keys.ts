/** Keys of people, made anew: SSH and GPG, in a folder of the test's own. */

import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../daemon/base/process.ts';
import type { Clone } from '../support/world.ts';

export interface SshKeyFile {
  file: string;
  /** `ssh-ed25519 AAAA…` */
  publicKey: string;
  fingerprint: string;
}

export async function makeSshKey(folder: string, name: string): Promise<SshKeyFile> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, name);
  await must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
  const publicKey = (await readFile(`${file}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ');
  const fingerprint = (await must('ssh-keygen', ['-l', '-f', file])).split(' ')[1]!;
  return { file, publicKey, fingerprint };
}

export interface GpgHome {
  home: string;
  /** Makes a key without a passphrase; `expires` as gpg has it (`seconds=1`, `0`). Returns its fingerprint. */
  make(name: string, expires?: string): Promise<string>;
  /** Armored public key. */
  export(fingerprint: string): Promise<string>;
  /** {@link export} after it was revoked with its own certificate; here it goes on signing. */
  exportRevoked(fingerprint: string): Promise<string>;
  close(): Promise<void>;
}

export async function makeGpgHome(home: string): Promise<GpgHome> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const fixed = [
    '--homedir',
    home,
    '--batch',
    '--no-tty',
    '--quiet',
    '--passphrase',
    '',
    '--pinentry-mode',
    'loopback',
  ];
  const gpg = (...args: string[]) => must('gpg', [...fixed, ...args]);
  return {
    home,
    async make(name, expires = '0') {
      await gpg(
        '--faked-system-time',
        '20200101T000000',
        '--quick-generate-key',
        `${name} <${name}@example.org>`,
        'ed25519',
        'sign',
        expires,
      );
      const list = await gpg('--list-keys', '--with-colons', `${name}@example.org`);
      return /^fpr:+([0-9A-F]{40}):/m.exec(list)![1]!;
    },
    export: (fingerprint) => gpg('--armor', '--export', fingerprint),
    async exportRevoked(fingerprint) {
      const other = ['--homedir', `${home}-other`, '--batch', '--quiet'];
      await mkdir(`${home}-other`, { mode: 0o700 });
      const certificate = await readFile(join(home, 'openpgp-revocs.d', `${fingerprint}.rev`), 'utf8');
      await must('gpg', [...other, '--import'], await gpg('--armor', '--export', fingerprint));
      await must('gpg', [...other, '--import'], certificate.replace(/^:-----BEGIN/m, '-----BEGIN'));
      return must('gpg', [...other, '--armor', '--export', fingerprint]);
    },
    close: async () => void (await run('gpgconf', ['--homedir', home, '--kill', 'all'])),
  };
}

/** Options of git for whoever signs with this. */
export const signWith = (key: SshKeyFile): string[] => ['-c', 'gpg.format=ssh', '-c', `user.signingKey=${key.file}`];

/** Commits what is in the clone, signed or not. */
export async function commitSigned(
  clone: Clone,
  key: SshKeyFile,
  files: Record<string, string | undefined>,
): Promise<void> {
  await clone.commit(files);
  await amendSigned(clone, signWith(key));
}

export async function amendSigned(clone: Clone, options: string[]): Promise<void> {
  const { exitCode, stderr } = await clone.git(...options, 'commit', '-q', '--amend', '--no-edit', '-S');
  if (exitCode !== 0) throw new Error(stderr);
}

async function must(program: string, args: readonly string[], input?: string): Promise<string> {
  const { exitCode, stdout, stderr } = await run(program, args, input === undefined ? {} : { input });
  if (exitCode !== 0) throw new Error(`${program}: ${stderr}`);
  return stdout;
}

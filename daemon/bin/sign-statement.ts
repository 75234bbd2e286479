/**
 * Signs what `reflet confirm` states, with the person's own key: OpenSSH or GnuPG do it, with that person's settings and agent. The key is never read here.
 */

import { readFile } from 'node:fs/promises';
import { readEnvironment } from '../base/env.ts';
import { run } from '../base/process.ts';
import { CONFIRM_NAMESPACE } from '../git/trust/policy.ts';

export interface Signing {
  sshKey?: string;
  gpgKey?: string;
  signature?: string;
}

/** Time to type a passphrase, or to touch a security key. */
const SIGN_MS_MAX = 120_000;

/** Armored; undefined when nothing is to be signed. Throws an Error for people. */
export async function signStatement(
  statement: string,
  { sshKey, gpgKey, signature }: Signing,
): Promise<string | undefined> {
  if ([sshKey, gpgKey, signature].filter((one) => one !== undefined).length > 1)
    throw new Error('expected one of --ssh-key, --gpg-key and --signature');
  if (signature !== undefined) return readFile(signature, 'utf8');
  if (sshKey !== undefined)
    return sign('ssh-keygen', ['-Y', 'sign', '-q', '-n', CONFIRM_NAMESPACE, '-f', sshKey], statement);
  if (gpgKey !== undefined) return sign('gpg', ['--armor', '--detach-sign', '--local-user', gpgKey], statement);
  return undefined;
}

async function sign(program: string, args: readonly string[], statement: string): Promise<string> {
  const { signing } = readEnvironment();
  const result = await run(program, args, { input: statement, env: signing, timeoutMs: SIGN_MS_MAX });
  if (result.exitCode !== 0) throw new Error(`${program} did not sign: ${result.stderr.trim()}`);
  return result.stdout;
}

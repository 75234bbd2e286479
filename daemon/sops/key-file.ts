/**
 * `DIR/keys/age.txt`: the daemon's age identities in the form of `age-keygen` and `SOPS_AGE_KEY_FILE`: one a line, `#` begins a comment. The first is
 * the current one, its recipient is what new values are encrypted for; the others only open what was encrypted before a rotation.
 */

import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, formatTime } from '../base/clock.ts';
import { writeSecretFile } from '../base/secret-file.ts';
import { createKeyring, EMPTY_KEYRING, generateIdentity, type Keyring, recipientOf } from './keyring.ts';
import { KEY_FILE_BYTES_MAX } from './limits.ts';

export const keyFilePath = (keysDir: string): string => join(keysDir, 'age.txt');

/** The identities of a file's text. Throws with the line of what is none; the line itself is never shown. */
function parseIdentities(text: string, path: string): string[] {
  const identities: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const entry = line.trim();
    if (entry === '' || entry.startsWith('#')) continue;
    if (!/^AGE-SECRET-KEY-[A-Z0-9-]+$/.test(entry)) {
      throw new Error(`${path}:${index + 1}: expected an age identity (AGE-SECRET-KEY-1…) or a comment`);
    }
    identities.push(entry);
  }
  return identities;
}

/** The keyring of a file; undefined when there is no such file. */
export async function readKeyFile(path: string): Promise<Keyring | undefined> {
  const info = await stat(path).catch(() => undefined);
  if (!info) return undefined;
  if (info.size > KEY_FILE_BYTES_MAX) throw new Error(`${path}: larger than ${KEY_FILE_BYTES_MAX} bytes`);
  if ((info.mode & 0o077) !== 0) throw new Error(`${path}: others may read it; expected mode 0600 (chmod 600 ${path})`);
  const identities = parseIdentities(await readFile(path, 'utf8'), path);
  if (identities.length === 0) throw new Error(`${path}: no identity in it; age-keygen makes one`);
  try {
    return await createKeyring(identities);
  } catch {
    throw new Error(`${path}: an identity in it is not valid; age-keygen -y ${path} says which`);
  }
}

/** The daemon's keyring; the first start makes a key. */
export async function openKeyring(keysDir: string, clock: Clock): Promise<Keyring> {
  const path = keyFilePath(keysDir);
  const present = await readKeyFile(path);
  if (present) return present;
  const identity = await generateIdentity();
  const recipient = await recipientOf(identity);
  await mkdir(keysDir, { recursive: true, mode: 0o700 });
  await writeSecretFile(path, `# created: ${formatTime(clock.now())}\n# public key: ${recipient}\n${identity}\n`);
  return (await readKeyFile(path)) ?? EMPTY_KEYRING;
}

/**
 * The daemon's own key for the commits that it makes (`DIR/keys/git-signing.pem`, Ed25519): an allowed signer by itself, so that a repository that
 * demands signatures takes what was written through the API. Signed in process, in OpenSSH's form (PROTOCOL.sshsig), as `git verify-commit` reads it.
 */

import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfPresent, writeSecretFile } from '../../base/secret-file.ts';

export interface SigningKey {
  /** `ssh-ed25519 AAAA…` */
  readonly publicKey: string;
  /** A commit's content with the signature in its header. */
  signCommit(content: Buffer): Buffer;
}

const KEY_FILE = 'git-signing.pem';
const PUBLIC_FILE = 'git-signing.pub';
const KEY_TYPE = 'ssh-ed25519';
/** As ssh-keygen breaks its lines. */
const ARMOR_COLUMNS = 70;

/** The first start makes the key; it must be kept with the backups, or commits made with it are not known again after a rebuild. */
export async function openSigningKey(keysDir: string): Promise<SigningKey> {
  const path = join(keysDir, KEY_FILE);
  let pem = await readIfPresent(path);
  if (pem === undefined) {
    await mkdir(keysDir, { recursive: true, mode: 0o700 });
    pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    await writeSecretFile(path, pem);
  }
  const key = readPrivateKey(pem, path);
  const signing = createSigningKey(key);
  if ((await readIfPresent(join(keysDir, PUBLIC_FILE)))?.trim() !== `${signing.publicKey} reflet`)
    await writeSecretFile(join(keysDir, PUBLIC_FILE), `${signing.publicKey} reflet\n`);
  return signing;
}

function readPrivateKey(pem: string, path: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // told below, without the text
  }
  throw new Error(`${path}: no Ed25519 key in it; move it away, and the next start makes another`);
}

function createSigningKey(key: KeyObject): SigningKey {
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  const publicBlob = Buffer.concat([field(KEY_TYPE), field(Buffer.from(x!, 'base64url'))]);
  const signature = (payload: Buffer): string => {
    const hash = createHash('sha512').update(payload).digest();
    const common = [field('git'), field(''), field('sha512')];
    const signed = sign(null, Buffer.concat([MAGIC, ...common, field(hash)]), key);
    const blob = Buffer.concat([
      MAGIC,
      Buffer.from([0, 0, 0, 1]),
      field(publicBlob),
      ...common,
      field(Buffer.concat([field(KEY_TYPE), field(signed)])),
    ]);
    const lines = blob.toString('base64').match(new RegExp(`.{1,${ARMOR_COLUMNS}}`, 'g'))!;
    return ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----'].join('\n');
  };
  return {
    publicKey: `${KEY_TYPE} ${publicBlob.toString('base64')}`,
    signCommit(content) {
      const end = content.indexOf('\n\n') + 1;
      const header = `gpgsig ${signature(content).replaceAll('\n', '\n ')}\n`;
      return Buffer.concat([content.subarray(0, end), Buffer.from(header), content.subarray(end)]);
    },
  };
}

const MAGIC = Buffer.from('SSHSIG');

/** A string as SSH writes it: its length, then itself. */
function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

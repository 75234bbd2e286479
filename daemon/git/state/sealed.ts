/**
 * Encryption of what is kept in the repository for a rebuild: AES-256-GCM under `DIR/keys/state.key`, compressed before.
 *
 * Form: one byte version, 12 bytes nonce, the ciphertext, 16 bytes tag. The name of the part is authenticated with it, so that parts cannot be
 * exchanged for one another. A new nonce each time: one key may seal 2^32 parts, which is 136 years of one a second.
 */

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { readIfPresent, writeSecretFile } from '../../base/secret-file.ts';
import { STATE_PART_BYTES_MAX } from './limits.ts';

const VERSION = 1;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const compress = promisify(deflateRaw) as (data: Uint8Array, options: { level: number }) => Promise<Buffer>;
const expand = promisify(inflateRaw) as (data: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>;

export type StateKey = Buffer;

/** What was sealed under another key, or was changed since. */
export class NotOpened extends Error {
  constructor(name: string) {
    super(`${name} was not written under this key (DIR/keys/state.key), or was changed since`);
    this.name = 'NotOpened';
  }
}

const stateKeyPath = (keysDir: string): string => join(keysDir, 'state.key');

/** The daemon's key; the first start makes it. Durable before it is used: what a lost key sealed is lost. */
export async function openStateKey(keysDir: string): Promise<StateKey> {
  const path = stateKeyPath(keysDir);
  const present = await readIfPresent(path);
  if (present !== undefined) {
    const key = Buffer.from(present.trim(), 'base64');
    if (key.length !== KEY_BYTES)
      throw new Error(`${path}: expected ${KEY_BYTES} bytes in base64; restore it from a copy`);
    return key;
  }
  const key = randomBytes(KEY_BYTES);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeSecretFile(path, `${key.toString('base64')}\n`);
  return key;
}

export async function seal(key: StateKey, name: string, content: Uint8Array): Promise<Buffer> {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name));
  const body = cipher.update(await compress(content, { level: 1 }));
  return Buffer.concat([Buffer.from([VERSION]), nonce, body, cipher.final(), cipher.getAuthTag()]);
}

/** Throws {@link NotOpened}. */
export async function unseal(key: StateKey, name: string, sealed: Buffer): Promise<Buffer> {
  if (sealed.length < 1 + NONCE_BYTES + TAG_BYTES || sealed[0] !== VERSION) throw new NotOpened(name);
  const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce)
    .setAAD(Buffer.from(name))
    .setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const packed = Buffer.concat([decipher.update(sealed.subarray(1 + NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    return await expand(packed, { maxOutputLength: STATE_PART_BYTES_MAX });
  } catch {
    throw new NotOpened(name);
  }
}

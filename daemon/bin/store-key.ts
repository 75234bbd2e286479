/**
 * `DIR/keys/store.key`: what the values of Secrets are encrypted with in the store's files. Made at the first start; keep it with the other keys.
 */

import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfPresent, writeSecretFile } from '../base/secret-file.ts';

const KEY_BYTES = 32;

export async function openStoreKey(keysDir: string): Promise<Uint8Array> {
  const path = join(keysDir, 'store.key');
  const text = await readIfPresent(path);
  if (text === undefined) {
    const key = randomBytes(KEY_BYTES);
    await mkdir(keysDir, { recursive: true, mode: 0o700 });
    await writeSecretFile(path, `${key.toString('base64')}\n`);
    return key;
  }
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== KEY_BYTES) throw new Error(`${path}: expected ${KEY_BYTES} bytes in base64`);
  return key;
}

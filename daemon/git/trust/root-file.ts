/**
 * Reads `--allowed-signers FILE`: lines as in OpenSSH's ALLOWED SIGNERS, and armored public GPG keys among them. Read anew for each judgement, so that
 * a change needs no restart; what cannot be read lets nothing pass.
 */

import { open } from 'node:fs/promises';
import { SIGNERS_FILE_BYTES_MAX } from '../limits.ts';
import type { RootOfTrust } from './policy.ts';

const GPG_BLOCK = /^-----BEGIN PGP PUBLIC KEY BLOCK-----$[\s\S]*?^-----END PGP PUBLIC KEY BLOCK-----$/gm;

/** Throws an Error for people. */
export async function readRootFile(path: string): Promise<RootOfTrust> {
  const text = await readBounded(path);
  const gpgKeys = [...text.matchAll(GPG_BLOCK)].map(([block]) => `${block}\n`);
  const lines = text.replace(GPG_BLOCK, '').split('\n');
  for (const [index, line] of lines.entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    if (/(^|[\s,])cert-authority([\s,]|$)/i.test(line))
      throw new Error(`${path}:${index + 1}: certificates are not supported; name the key itself`);
    if (!/^\S.*\s(ssh-|ecdsa-|sk-)\S+\s+[A-Za-z0-9+/]+=*/.test(line))
      throw new Error(
        `${path}:${index + 1}: expected "<principal> <key type> <key>", as in ssh-keygen's allowed signers`,
      );
  }
  const allowedSigners = lines.filter((line) => !/^\s*(#|$)/.test(line));
  if (allowedSigners.length + gpgKeys.length === 0) throw new Error(`${path}: nobody in it is allowed to sign`);
  return { path, allowedSigners: allowedSigners.join('\n'), gpgKeys };
}

async function readBounded(path: string): Promise<string> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${path}, which says who may sign, cannot be read: ${error.code}`);
  });
  try {
    if ((await handle.stat()).size > SIGNERS_FILE_BYTES_MAX)
      throw new Error(`${path}: larger than ${SIGNERS_FILE_BYTES_MAX} bytes`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

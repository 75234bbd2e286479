/**
 * The MAC of an encrypted file: SHA-512 over the plain values of all its documents, in the order of the text, itself encrypted with the data key and
 * the time of the last change as additional data. It keeps a value from being put under another name, into another namespace, or away. Pure.
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Leaf } from '../yaml/leaves.ts';
import { macBytesOf } from './go-scalar.ts';
import type { SopsMetadata } from './metadata.ts';
import { bytesOf, decryptValue, encryptValue, type Plain } from './value.ts';

/** What SOPS begins the hash with when only encrypted values count: SHA-256 of `sops`. */
const ONLY_ENCRYPTED = createHash('sha256').update('sops').digest();

/** A scalar with its plain value; undefined: as it stands in the text. */
export interface OpenLeaf {
  readonly leaf: Leaf;
  readonly plain: Plain | undefined;
}

export function computeMac(
  leaves: Iterable<OpenLeaf>,
  { isEncrypted, macOnlyEncrypted }: Pick<SopsMetadata, 'isEncrypted' | 'macOnlyEncrypted'>,
): string {
  const hash = createHash('sha512');
  if (macOnlyEncrypted) hash.update(ONLY_ENCRYPTED);
  for (const { leaf, plain } of leaves) {
    if (macOnlyEncrypted && !isEncrypted(leaf.path)) continue;
    const bytes = plain === undefined ? macBytesOf(leaf.text, leaf.plain) : bytesOf(plain);
    if (bytes !== undefined) hash.update(bytes, 'utf8');
  }
  return hash.digest('hex').toUpperCase();
}

export function isMacOf(mac: string, { mac: encrypted, lastModified }: SopsMetadata, dataKey: Uint8Array): boolean {
  const stored = decryptValue(encrypted, dataKey, lastModified);
  if (typeof stored !== 'string' || stored.length !== mac.length) return false;
  return timingSafeEqual(Buffer.from(stored), Buffer.from(mac));
}

export const encryptMac = (mac: string, dataKey: Uint8Array, lastModified: string, nonce: Uint8Array): string =>
  encryptValue(mac, dataKey, lastModified, nonce);

/**
 * Encrypts the values of an object that a rule names, keeping the cipher text of those that did not change. Pure but for the nonces it is given.
 */

import { isObject } from '../base/json.ts';
import { additionalData, encryptValue, type Plain } from './value.ts';

export interface ValueCipher {
  readonly dataKey: Uint8Array;
  isEncrypted(path: readonly string[]): boolean;
  /** 32 random bytes. */
  nonce(): Uint8Array;
  /** The cipher text that a value at a path had before. */
  readonly before: ReadonlyMap<string, string>;
}

/** A value is known again by where it stands and what it says. */
export const identityOf = (path: readonly string[], plain: Plain): string =>
  JSON.stringify([path, typeof plain, plain]);

/** The object as the file shall have it. */
export function encryptObject(cipher: ValueCipher, object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return encryptMember(cipher, object, []) as Record<string, unknown>;
}

function encryptMember(cipher: ValueCipher, value: unknown, path: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => encryptMember(cipher, item, path));
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, encryptMember(cipher, member, [...path, name])]),
    );
  }
  if (value === null || value === undefined || !cipher.isEncrypted(path)) return value;
  const plain = value as Plain;
  const kept = cipher.before.get(identityOf(path, plain));
  return kept ?? encryptValue(plain, cipher.dataKey, additionalData(path), cipher.nonce());
}

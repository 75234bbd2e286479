/**
 * One encrypted value, `ENC[AES256_GCM,data:…,iv:…,tag:…,type:str]`, as SOPS writes it: AES-256-GCM with a 32-byte nonce, the path of the value as
 * additional data, so that no value can be moved to another key. Empty text stays empty.
 */

import { createCipheriv, createDecipheriv } from 'node:crypto';

export type Plain = string | number | boolean;

const FORM = /^ENC\[AES256_GCM,data:([A-Za-z0-9+/=]*),iv:([A-Za-z0-9+/=]+),tag:([A-Za-z0-9+/=]+),type:([a-z0-9]+)\]$/;

export const isEncrypted = (text: string): boolean => text.startsWith('ENC[AES256_GCM,');

/** Additional data of a value: `data:password:`. */
export const additionalData = (path: readonly string[]): string => path.map((name) => `${name}:`).join('');

/** Undefined: not of the form, another key, another place, or changed: which of them cannot be told apart. */
export function decryptValue(text: string, dataKey: Uint8Array, additional: string): Plain | undefined {
  const match = FORM.exec(text);
  if (!match) return undefined;
  const [data, iv, tag] = match.slice(1, 4).map((part) => Buffer.from(part, 'base64'));
  if (tag!.length !== 16) return undefined; // a shorter tag could be guessed
  try {
    const decipher = createDecipheriv('aes-256-gcm', dataKey, iv!, { authTagLength: 16 });
    decipher.setAAD(Buffer.from(additional));
    decipher.setAuthTag(tag!);
    return typed(Buffer.concat([decipher.update(data!), decipher.final()]).toString('utf8'), match[4]!);
  } catch {
    return undefined;
  }
}

function typed(text: string, type: string): Plain | undefined {
  switch (type) {
    case 'str':
    case 'bytes':
    case 'time':
    case 'comment':
      return text;
    case 'int':
    case 'int64':
    case 'float': {
      const number = Number(text);
      return text.trim() === '' || !Number.isFinite(number) ? undefined : number;
    }
    case 'bool':
      return /^(?:1|t|true)$/i.test(text) ? true : /^(?:0|f|false)$/i.test(text) ? false : undefined;
    default:
      return undefined;
  }
}

/** `nonce`: 32 random bytes, never used twice with one key. */
export function encryptValue(
  value: Plain,
  dataKey: Uint8Array,
  additional: string,
  nonce: Uint8Array,
  comment = false,
): string {
  if (value === '') return '';
  const cipher = createCipheriv('aes-256-gcm', dataKey, nonce, { authTagLength: 16 });
  cipher.setAAD(Buffer.from(additional));
  const data = Buffer.concat([cipher.update(bytesOf(value), 'utf8'), cipher.final()]);
  const parts = [data, Buffer.from(nonce), cipher.getAuthTag()].map((part) => part.toString('base64'));
  return `ENC[AES256_GCM,data:${parts[0]},iv:${parts[1]},tag:${parts[2]},type:${comment ? 'comment' : typeOf(value)}]`;
}

function typeOf(value: Plain): string {
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  return Number.isSafeInteger(value) ? 'int' : 'float';
}

/** A value as SOPS hashes and encrypts it: booleans as Python writes them, numbers without an exponent. */
export function bytesOf(value: Plain): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return withoutExponent(value);
}

/** Go's `FormatFloat(value, 'f', -1, 64)`. */
function withoutExponent(value: number): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?e([-+]\d+)$/.exec(String(value));
  if (!match) return String(value);
  const [, sign, whole = '', fraction = '', exponent] = match;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0')}`;
}

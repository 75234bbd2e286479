/**
 * The formats of texts that are checked (`kube-openapi/pkg/validation/strfmt`). Any other format says nothing.
 */

import { isIP, isIPv4, isIPv6 } from 'node:net';
import { parseDuration, parseTimestamp } from '../../cel/time.ts';

const PATTERNS: Readonly<Record<string, RegExp>> = {
  bsonobjectid: /^[0-9a-fA-F]{24}$/,
  uuid: /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i,
  uuid3: /^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i,
  uuid4: /^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i,
  uuid5: /^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i,
  ssn: /^\d{3}[- ]?\d{2}[- ]?\d{4}$/,
  hexcolor: /^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/,
  rgbcolor: /^rgb\(\s*(?:\d{1,3}%?\s*,\s*){2}\d{1,3}%?\s*\)$/,
  byte: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/,
  mac: /^(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}(?:(?:[:-][0-9a-fA-F]{2}){2})?$/,
  email: /^[^\s@<>]+@[^\s@<>]+$/,
  k8sshortname: /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
  k8slongname: /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/,
};

const CHECKS: Readonly<Record<string, (text: string) => boolean>> = {
  date: (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`)),
  'date-time': (text) => parseTimestamp(text) !== undefined,
  datetime: (text) => parseTimestamp(text) !== undefined,
  duration: (text) => parseDuration(text) !== undefined,
  ipv4: (text) => isIPv4(text),
  ipv6: (text) => isIPv6(text),
  hostname: isHostname,
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: isCreditCard,
  cidr: isCidr,
  uri: isUri,
};

function isCidr(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  return family !== 0 && more.length === 0 && /^\d{1,3}$/.test(bits ?? '') && Number(bits) <= (family === 4 ? 32 : 128);
}

/** As upstream's pattern has it: without a dot, a name has one dash at most, after its first letter. */
const HOSTNAME =
  /^(?:[a-zA-Z0-9\p{S}\p{L}](?:-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?|(?:[a-zA-Z0-9\p{S}\p{L}](?:[a-zA-Z0-9\-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?\.)+[a-zA-Z\p{L}]{2,63})$/u;

function isHostname(text: string): boolean {
  const isShort = Buffer.byteLength(text) <= 255 && text.split('.').every((label) => Buffer.byteLength(label) <= 63);
  return isShort && HOSTNAME.test(text);
}

const digitsOf = (text: string): string => text.replace(/[\s-]+/g, '');

/** A sum that gives 0 when divided: what makes the number of a book or card one. */
const checkSum = (text: string, weigh: (digit: number, index: number) => number): number =>
  [...text].reduce((sum, digit, index) => sum + weigh(digit === 'X' ? 10 : Number(digit), index), 0);

function isIsbn10(text: string): boolean {
  const digits = digitsOf(text);
  return /^\d{9}[\dX]$/.test(digits) && checkSum(digits, (digit, index) => digit * (index + 1)) % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = digitsOf(text);
  return /^\d{13}$/.test(digits) && checkSum(digits, (digit, index) => digit * (index % 2 === 0 ? 1 : 3)) % 10 === 0;
}

const CARDS =
  /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$/;

/** By Luhn's formula. */
function isCreditCard(text: string): boolean {
  const digits = text.replace(/\D+/g, '');
  if (!CARDS.test(digits)) return false;
  const doubled = (digit: number): number => (digit > 4 ? digit * 2 - 9 : digit * 2);
  return checkSum(digits, (digit, index) => ((digits.length - index) % 2 === 0 ? doubled(digit) : digit)) % 10 === 0;
}

/** Go's `url.ParseRequestURI`: absolute, or a path. */
function isUri(text: string): boolean {
  return text.startsWith('/') || (URL.canParse(text) && /^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text));
}

/** Whether a text has a format; upstream ignores dashes in names but for `date-time`. */
export function hasFormat(text: string, format: string): boolean {
  const name = format === 'date-time' ? format : format.replaceAll('-', '');
  const check = Object.hasOwn(CHECKS, name) ? CHECKS[name] : undefined;
  if (check) return check(text);
  const pattern = Object.hasOwn(PATTERNS, name) ? PATTERNS[name] : undefined;
  return !pattern || pattern.test(text);
}

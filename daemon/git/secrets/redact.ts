/**
 * Takes the decrypted values of an encrypted manifest out of what is said about it. A Secret's own rules never quote a value; those of other kinds
 * (a Deployment with an encrypted variable) do. Pure.
 */

import { isObject } from '../../base/json.ts';
import type { ManifestDocument } from '../manifest-file.ts';

const HIDDEN = '<encrypted>';
/** Shorter values are words of the sentence as likely as not; they are hidden only where they are quoted. */
const BARE_LENGTH_MIN = 4;

/** Text about a document without what the document has encrypted. */
export function hideValues(document: Pick<ManifestDocument, 'object' | 'sealed'>, text: string): string {
  const { object, sealed } = document;
  if (!sealed) return text;
  const values = new Set(sealed.places.flatMap((place) => formsOf(valueAt(object, place))));
  // Longest first, so that no value hides only a part of another.
  return [...values].sort((a, b) => b.length - a.length).reduce(hideOne, text);
}

function hideOne(text: string, value: string): string {
  const quoted = text.replaceAll(JSON.stringify(value), HIDDEN).replaceAll(`'${value}'`, HIDDEN);
  return value.length < BARE_LENGTH_MIN ? quoted : quoted.replaceAll(value, HIDDEN);
}

/** As it stands, as the API shows it, and as JSON escapes it. */
function formsOf(value: unknown): string[] {
  if (value === undefined || value === null || value === '') return [];
  const text = String(value);
  return [text, Buffer.from(text).toString('base64'), JSON.stringify(text).slice(1, -1)];
}

function valueAt(object: unknown, place: readonly (string | number)[]): unknown {
  let at = object;
  for (const step of place) {
    if (!isObject(at) && !Array.isArray(at)) return undefined;
    at = (at as Record<string | number, unknown>)[step];
  }
  return isObject(at) || Array.isArray(at) ? undefined : at;
}

/**
 * Warnings travel in headers, `Warning: 299 - "text"` (RFC 7234 §5.5), in the API server's bounds: when all of them grow too long, each is cut short.
 */

import type { ServerResponse } from 'node:http';

/** Of all texts together. */
const CHARACTERS_MAX = 4096;
/** Of each, once they are too long together. */
const CUT_CHARACTERS_MAX = 256;

/** What each response tells so far. */
const told = new WeakMap<ServerResponse, Set<string>>();

/** Adds warnings to those that are told already; each is told once. */
export function setWarnings(response: ServerResponse, warnings: readonly string[]): void {
  if (warnings.length === 0) return;
  const texts = told.get(response) ?? new Set();
  told.set(response, texts);
  for (const text of warnings) if (text !== '') texts.add(text);
  const values = boundWarnings([...texts]).map(headerOf);
  // As bytes of UTF-8, which is how Go's clients read them; Node would write one byte a character.
  response.setHeader(
    'Warning',
    values.map((value) => Buffer.from(value, 'utf8').toString('latin1')),
  );
}

/** All in full when they fit; else the beginning of each, as many as fit then. */
export function boundWarnings(texts: readonly string[]): string[] {
  let length = 0;
  for (const text of texts) length += [...text].length;
  if (length <= CHARACTERS_MAX) return [...texts];
  const cut: string[] = [];
  length = 0;
  for (const text of texts) {
    if (length >= CHARACTERS_MAX) break;
    const characters = [...text].slice(0, CUT_CHARACTERS_MAX);
    length += characters.length;
    cut.push(characters.join(''));
  }
  return cut;
}

function headerOf(text: string): string {
  const oneLine = text.toWellFormed().replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
  return `299 - "${oneLine.replace(/[\\"]/g, '\\$&')}"`;
}

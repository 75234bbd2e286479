/**
 * Takes the values of Secrets out of text that is going to be read by others: as they are, as base64, URL-encoded, and the values inside of JSON. Pure.
 */

import { isObject } from '../../base/json.ts';

const REDACTED = '[redacted]';

/** Shorter ones are only taken out as whole words: `a` is in every text. */
const PART_LENGTH_MIN = 4;
/** Values that are looked for: the longest texts of a namespace's Secrets. */
const VALUES_MAX = 10_000;

/** `secrets`: `data` of each (name → base64). `words`: short values too, as whole words. */
export function createRedactor(
  secrets: readonly Readonly<Record<string, string>>[],
  options: { words: boolean },
): (text: string) => string {
  const values = new Set<string>();
  for (const data of secrets) for (const encoded of Object.values(data)) addValue(values, encoded);
  const sorted = [...values].filter((value) => value !== '').sort((a, b) => b.length - a.length);
  const wanted = sorted.slice(0, VALUES_MAX);
  const parts = wanted.filter(({ length }) => length >= PART_LENGTH_MIN);
  const short = options.words ? wanted.filter(({ length }) => length < PART_LENGTH_MIN) : [];
  const words = short.map((value) => new RegExp(wordOf(value), 'gu'));
  return (text) => {
    let result = text;
    for (const part of parts) if (result.includes(part)) result = result.replaceAll(part, REDACTED);
    for (const word of words) result = result.replace(word, REDACTED);
    return result;
  };
}

function addValue(values: Set<string>, encoded: string): void {
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  addText(values, text);
  values.add(encoded.trim().replace(/=+$/, ''));
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return;
  }
  addLeaves(values, json, 0);
}

/** A log may show one line of a key, not all of it. */
function addText(values: Set<string>, text: string): void {
  for (const line of [text, ...text.split(/\r?\n/)]) {
    const trimmed = line.trim();
    values.add(trimmed);
    values.add(encodeURIComponent(trimmed.toWellFormed()));
  }
}

const DEPTH_MAX = 16;

function addLeaves(values: Set<string>, value: unknown, depth: number): void {
  if (depth > DEPTH_MAX) return;
  if (typeof value === 'string') addText(values, value);
  else if (Array.isArray(value)) for (const item of value) addLeaves(values, item, depth + 1);
  else if (isObject(value)) for (const item of Object.values(value)) addLeaves(values, item, depth + 1);
}

const wordOf = (value: string): string =>
  `(?<![\\p{L}\\p{N}_])${value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\p{L}\\p{N}_])`;

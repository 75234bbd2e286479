/**
 * `reflet seal`: encrypts the Secrets of a manifest file for git, in place or from standard input to standard output. Works without a daemon.
 * What it prints names objects and keys, never a value.
 */

import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isObject } from '../base/json.ts';
import { formatProblem } from '../git/problem.ts';
import { LAST_APPLIED_ANNOTATION } from '../merge/last-applied.ts';
import type { Keyring } from '../sops/keyring.ts';
import { isSealed } from '../sops/open.ts';
import { rotateSealed, type SealOptions, sealDocument } from '../sops/seal.ts';
import { decodeText, type ManifestDocument, type ReadProblem, readManifests } from '../yaml/read.ts';

type Json = Record<string, unknown>;

export interface SealedObject {
  /** `secret shop/db` */
  name: string;
  state: 'encrypted' | 'already encrypted';
  /** What else was done. */
  note?: string;
}

export interface SealReport {
  text: string;
  objects: readonly SealedObject[];
}

/** The text with every plain Secret encrypted. Throws with file and line when it cannot be. */
export async function sealText(path: string, bytes: Uint8Array, options: SealOptions): Promise<SealReport> {
  let text = readText(path, bytes);
  const objects: SealedObject[] = [];
  for (const document of documentsOf(path, text)) {
    const secrets = secretsOf(document.value);
    if (secrets.length === 0) continue;
    const names = secrets.map(nameOf);
    if (isSealed(document)) {
      objects.push(...names.map((name) => ({ name, state: 'already encrypted' as const })));
      continue;
    }
    const { wanted, dropped } = withoutLastApplied(document.value as Json);
    const result = await sealDocument(text, document.index, wanted, options);
    if ('refusal' in result)
      throw new Error(formatProblem({ file: path, ...result.position, message: result.refusal }));
    text = result.text;
    const note = dropped ? { note: `without kubectl’s copy of it (${LAST_APPLIED_ANNOTATION})` } : {};
    objects.push(...names.map((name) => ({ name, state: 'encrypted' as const, ...note })));
  }
  if (objects.length === 0) throw new Error(`${path}: no Secret in it; expected a manifest of kind Secret`);
  return { text, objects };
}

/** The text with every encrypted document encrypted anew, with a new data key and for exactly these recipients. */
export async function rotateText(
  path: string,
  bytes: Uint8Array,
  keyring: Keyring,
  options: SealOptions,
): Promise<SealReport> {
  const text = readText(path, bytes);
  const sealed = documentsOf(path, text).filter(isSealed);
  if (sealed.length === 0) throw new Error(`${path}: nothing in it is encrypted; leave out --rotate`);
  const result = await rotateSealed(text, keyring, options);
  if ('refusal' in result) throw new Error(formatProblem({ file: path, ...result.position, message: result.refusal }));
  return {
    text: result.text,
    objects: sealed.map(({ value }) => ({ name: nameOf(value as Json), state: 'encrypted' })),
  };
}

function readText(path: string, bytes: Uint8Array): string {
  const decoded = decodeText(bytes);
  if ('text' in decoded) return decoded.text;
  throw problemError(path, decoded.problem);
}

function documentsOf(path: string, text: string): readonly ManifestDocument[] {
  const { documents, problems } = readManifests(text);
  if (problems[0]) throw problemError(path, problems[0]);
  return documents;
}

const problemError = (file: string, { line, column, message, expected }: ReadProblem): Error =>
  new Error(formatProblem({ file, line, column, message, ...(expected ? { expected } : {}) }));

/** The document itself, or those among the items of a list. */
function secretsOf(value: unknown): Json[] {
  if (!isObject(value)) return [];
  const { kind, items } = value;
  if (kind === 'Secret') return [value];
  if (!Array.isArray(items) || (kind !== 'List' && kind !== 'SecretList')) return [];
  return items.filter(isObject).filter((item) => kind === 'SecretList' || item['kind'] === 'Secret');
}

function nameOf({ kind, metadata }: Json): string {
  const { name, namespace } = isObject(metadata) ? metadata : {};
  return `${String(kind ?? 'Secret').toLowerCase()} ${namespace ? `${namespace}/` : ''}${name ?? ''}`;
}

/** kubectl's copy of the whole manifest, in every Secret of the document: it would tell the values that are encrypted beside it. */
function withoutLastApplied(value: Json): { wanted: Json; dropped: boolean } {
  const wanted = structuredClone(value);
  let dropped = false;
  for (const { metadata } of secretsOf(wanted)) {
    const annotations = isObject(metadata) ? metadata['annotations'] : undefined;
    if (!isObject(annotations) || !(LAST_APPLIED_ANNOTATION in annotations)) continue;
    delete annotations[LAST_APPLIED_ANNOTATION];
    if (Object.keys(annotations).length === 0) delete (metadata as Json)['annotations'];
    dropped = true;
  }
  return { wanted, dropped };
}

/** In place of the old file, whole or not at all, with its mode. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const { mode } = await stat(path);
  const temporary = join(dirname(path), `.${basename(path)}.sealing`);
  await writeFile(temporary, text, { mode: mode & 0o777 });
  await rename(temporary, path);
}

export const readSource = async (path: string): Promise<Uint8Array> =>
  path === '-' ? readStandardInput() : readFile(path);

async function readStandardInput(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

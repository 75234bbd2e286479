/**
 * Reads manifests: YAML or JSON text, one or many documents, into plain JSON values as Kubernetes reads them, with the
 * place of everything. Never throws for what stands in the text: problems are returned, with line, column and what to
 * do. Every dimension is bounded (limits.ts); duplicate keys are found in linear time.
 *
 * It blocks for as long as the text is long: text of strangers goes through pool.ts.
 */

import { type Document, parseAllDocuments } from 'yaml';
import { isObject } from '../base/json.ts';
import { ConversionError, convertDocument, type DuplicateKey } from './convert.ts';
import { type Leaf, leavesOf } from './leaves.ts';
import { DOCUMENTS_MAX, PROBLEMS_MAX, TEXT_LENGTH_MAX } from './limits.ts';
import { readPlain } from './plain.ts';
import { findField, lineStartsOf, type Position, type PositionTree, positionAt } from './position.ts';
import { expectationOf, wordingOf } from './wording.ts';

export interface ReadProblem extends Position {
  /** 0-based position of the document in the file. */
  readonly document: number;
  readonly message: string;
  /** What would have been right, or what to do. */
  readonly expected?: string;
}

export interface ManifestDocument extends Position {
  /** 0-based position in the file, documents without content counted. */
  readonly index: number;
  /** Plain JSON; nothing in it is shared with anything else. */
  readonly value: unknown;
  readonly positions: PositionTree;
  readonly lineStarts: readonly number[];
  /** Members given more than once; only with `duplicateKeys: 'collect'`, where the last one counts. */
  readonly duplicateKeys: readonly DuplicateKey[];
  /** All scalars in the order of the text; only of a document with a `sops` member. */
  readonly leaves?: readonly Leaf[];
}

export interface ReadOptions {
  /** `refuse` (the default) makes them problems; `collect` reports them for a warning. */
  duplicateKeys?: 'refuse' | 'collect';
}

export interface ReadResult {
  /** Documents with content that could be read. */
  readonly documents: readonly ManifestDocument[];
  /** Empty exactly when all of the text could be read. */
  readonly problems: readonly ReadProblem[];
}

const FORBIDDEN_CHARACTERS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/;

/** Parses with every scalar as text: what it means is decided by scalar.ts alone. */
export function parseDocuments(text: string): Document.Parsed[] {
  const documents = parseAllDocuments(text, {
    schema: 'failsafe',
    resolveKnownTags: false,
    uniqueKeys: false,
    prettyErrors: false,
    keepSourceTokens: true,
    logLevel: 'silent',
  });
  return Array.isArray(documents) ? (documents as Document.Parsed[]) : [];
}

function refuseText(text: string): { offset: number; message: string; expected: string } | undefined {
  if (text.length > TEXT_LENGTH_MAX)
    return {
      offset: 0,
      message: `the file is larger than ${TEXT_LENGTH_MAX / 1024 / 1024} MiB`,
      expected: 'split it into several files',
    };
  const found = FORBIDDEN_CHARACTERS.exec(text);
  if (!found) return undefined;
  const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return { offset: found.index, message: `the control character U+${code} is not allowed`, expected: 'text' };
}

class Reader {
  readonly documents: ManifestDocument[] = [];
  readonly problems: ReadProblem[] = [];
  readonly #lineStarts: number[];
  readonly #collect: boolean;

  constructor(text: string, options: ReadOptions) {
    this.#lineStarts = lineStartsOf(text);
    this.#collect = options.duplicateKeys === 'collect';
  }

  report(document: number, offset: number, message: string, expected?: string): void {
    if (this.problems.length >= PROBLEMS_MAX) return;
    this.problems.push({
      document,
      ...positionAt(this.#lineStarts, offset),
      message,
      ...(expected ? { expected } : {}),
    });
  }

  read(document: Document.Parsed, index: number): void {
    const [error] = document.errors;
    if (error) {
      this.report(index, error.pos[0], wordingOf(error), expectationOf(error));
      return;
    }
    if (!document.contents) return;
    try {
      const { value, positions, duplicates } = convertDocument(document.contents);
      if (value === null) return;
      if (!this.#collect && duplicates.length > 0) {
        for (const duplicate of duplicates) this.#reportDuplicate(index, duplicate);
        return;
      }
      const start = positionAt(this.#lineStarts, positions.value);
      this.documents.push({
        index,
        ...start,
        value,
        positions,
        lineStarts: this.#lineStarts,
        duplicateKeys: duplicates,
        ...(isEncrypted(value) ? { leaves: leavesOf(document.contents) } : {}),
      });
    } catch (problem) {
      if (!(problem instanceof ConversionError)) throw problem;
      this.report(index, problem.offset, problem.message, problem.expected);
    }
  }

  #reportDuplicate(index: number, { name, first, second }: DuplicateKey): void {
    const { line, column } = positionAt(this.#lineStarts, first);
    this.report(
      index,
      second,
      `the key ${JSON.stringify(name)} is given twice; the first is at line ${line}, column ${column}`,
      'each key once',
    );
  }
}

/** Its leaves are wanted, which only the parser knows. */
const isEncrypted = (value: unknown): boolean => isObject(value) && isObject(value['sops']);

/** Reads all documents of a text. */
export function readManifests(text: string, options: ReadOptions = {}): ReadResult {
  return readPlainManifests(text) ?? readWithParser(text, options);
}

function readPlainManifests(text: string): ReadResult | undefined {
  const plain = text.length > TEXT_LENGTH_MAX ? undefined : readPlain(text);
  if (!plain || plain.length > DOCUMENTS_MAX || plain.some(({ value }) => isEncrypted(value))) return undefined;
  const lineStarts = lineStartsOf(text);
  const documents = plain.map(({ value, positions }, index) => {
    return { index, ...positionAt(lineStarts, positions.value), value, positions, lineStarts, duplicateKeys: [] };
  });
  return { documents, problems: [] };
}

/** Any text, plain or not; exported for the comparison of the two ways. */
export function readWithParser(text: string, options: ReadOptions = {}): ReadResult {
  const reader = new Reader(text, options);
  const refused = refuseText(text);
  if (refused) {
    reader.report(0, refused.offset, refused.message, refused.expected);
    return reader;
  }
  let documents: Document.Parsed[];
  try {
    documents = parseDocuments(text);
  } catch (error) {
    // The stack, or a flaw of the parser that this text has found: bad text either way.
    const message = error instanceof RangeError ? 'the text is nested too deeply' : `not readable: ${String(error)}`;
    reader.report(0, 0, message, 'plainer YAML');
    return reader;
  }
  if (documents.length > DOCUMENTS_MAX) {
    reader.report(0, 0, `the file has more than ${DOCUMENTS_MAX} documents`, 'split it into several files');
    return reader;
  }
  for (const [index, document] of documents.entries()) reader.read(document, index);
  return reader;
}

/**
 * Line and column of a Kubernetes field path such as `spec.template.spec.containers[0].image`: of its key, of a list
 * item itself, or, when the document lacks it, of the nearest ancestor that it has. `of: 'value'` asks for the value.
 */
export function positionOf(
  document: Pick<ManifestDocument, 'positions' | 'lineStarts'>,
  fieldPath: string,
  of: 'key' | 'value' = 'key',
): Position {
  const { tree } = findField(document.positions, fieldPath);
  return positionAt(document.lineStarts, of === 'key' ? (tree.key ?? tree.value) : tree.value);
}

/** The same for a text whose documents are no longer at hand: errors are rare enough to read it again. */
export function locateField(text: string, documentIndex: number, fieldPath: string, of?: 'key' | 'value'): Position {
  const { documents } = readManifests(text, { duplicateKeys: 'collect' });
  const document = documents.find(({ index }) => index === documentIndex);
  return document ? positionOf(document, fieldPath, of) : { line: 1, column: 1 };
}

/** Decodes a file's bytes. Throws a RangeError-free problem instead of replacing what is not UTF-8. */
export function decodeText(bytes: Uint8Array): { text: string } | { problem: ReadProblem } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    const message = 'the file is not UTF-8';
    return { problem: { document: 0, line: 1, column: 1, message, expected: 'text in UTF-8' } };
  }
}

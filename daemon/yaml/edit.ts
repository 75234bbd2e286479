/**
 * Changes a manifest in a file by splicing text at the places of the nodes that change: all else keeps its bytes, with
 * comments, quotes, indentation, line ends and flow style.
 *
 * Invariant: the result is read again and must hold exactly the wanted object, and every other document unchanged;
 * otherwise the edit is refused and nothing is returned. So a case that is not foreseen is refused, never botched.
 */

import { deepEqual } from '../base/json.ts';
import { Editor, EditRefusedError, type ListKeys } from './editor.ts';
import { lineStartsOf, type Position, positionAt } from './position.ts';
import { type ManifestDocument, parseDocuments, type ReadResult, readManifests } from './read.ts';
import { newlineOf } from './source.ts';

export type { ListKeys };

export interface EditRequest {
  readonly text: string;
  /** 0-based position of the document in the file, as `ManifestDocument.index`. */
  readonly index: number;
  /** What the caller believes the document holds; another value means that the file has changed. */
  readonly present: unknown;
  readonly wanted: Readonly<Record<string, unknown>>;
  /** Merge keys of lists. */
  readonly listKeys?: ListKeys;
}

export type EditResult = { readonly text: string } | { readonly refusal: string; readonly position: Position };

const refuse = (refusal: string, position: Position = { line: 1, column: 1 }): EditResult => ({ refusal, position });

function verify(old: ReadResult, after: string, index: number, wanted: unknown): string | undefined {
  const { documents, problems } = readManifests(after);
  if (problems[0]) return `the edited file could not be read: ${problems[0].message}`;
  if (documents.length !== old.documents.length) return 'the edit would change how many documents the file holds';
  for (const [position, document] of documents.entries()) {
    const expected = document.index === index ? wanted : old.documents[position]?.value;
    if (!deepEqual(document.value, expected)) return 'the edit could not be expressed in the style of this file';
  }
  return undefined;
}

/**
 * The file's text with one document changed to `wanted`. Refused, with the place: text that cannot be read, a document
 * other than `present`, and changes to what is shared by anchors and aliases.
 */
export function editManifest({ text, index, present, wanted, listKeys }: EditRequest): EditResult {
  const read = readManifests(text);
  const [problem] = read.problems;
  if (problem) return refuse(`the file cannot be read: ${problem.message}`, problem);
  const document = read.documents.find((one) => one.index === index);
  if (!document) return refuse(`the file has no document ${index + 1}`);
  if (!deepEqual(document.value, present)) return refuse('the file holds something else than expected', document);
  if (deepEqual(document.value, wanted)) return { text };
  const pretty = attempt(read, document, { text, wanted, listKeys, careful: false });
  if ('text' in pretty || !pretty.isStyle) return 'text' in pretty ? pretty : refuse(pretty.refusal, pretty.position);
  const careful = attempt(read, document, { text, wanted, listKeys, careful: true });
  return 'text' in careful ? careful : refuse(pretty.refusal, pretty.position);
}

interface Attempt {
  readonly text: string;
  readonly wanted: Readonly<Record<string, unknown>>;
  readonly listKeys: ListKeys | undefined;
  readonly careful: boolean;
}

/** `isStyle`: what came out did not say what was wanted; another way to write it may. */
function attempt(
  read: ReadResult,
  document: ManifestDocument,
  { text, wanted, listKeys, careful }: Attempt,
): { readonly text: string } | { readonly refusal: string; readonly position: Position; readonly isStyle: boolean } {
  const { index } = document;
  // Work on whole lines; a final line break that the file lacks is taken off again.
  const whole = text.endsWith('\n') ? text : text + newlineOf(text);
  let edited: string;
  try {
    const editor = new Editor(whole, parseDocuments(whole)[index]?.contents, listKeys, careful);
    editor.editRoot(document.value, wanted);
    edited = editor.result();
  } catch (error) {
    if (!(error instanceof EditRefusedError)) throw error;
    return { refusal: error.message, position: positionAt(lineStartsOf(text), error.offset), isStyle: false };
  }
  const asBefore = whole === text ? edited : edited.replace(/\r?\n$/, '');
  const wrong = verify(read, asBefore, index, wanted);
  if (!wrong) return { text: asBefore };
  // A literal block at the end of a file needs the line break.
  if (asBefore !== edited && !verify(read, edited, index, wanted)) return { text: edited };
  return { refusal: wrong, position: document, isStyle: true };
}

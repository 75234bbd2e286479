/**
 * YAML request bodies (apply patches, `kubectl` never sends others), read as manifests are read.
 */

import type { DecodedBody } from '../api/http/body.ts';
import { goQuote } from '../base/go-quote.ts';
import { badRequest } from '../base/status.ts';
import type { ManifestReader } from '../yaml/pool.ts';
import { positionAt } from '../yaml/position.ts';
import type { ManifestDocument } from '../yaml/read.ts';

/** Our parser's words → those of the API server's, where clients meet them most. */
const GO_WORDS: readonly (readonly [RegExp, string])[] = [
  [/flow sequence .*end with a \]/, "did not find expected ',' or ']'"],
  [/flow map .*end with a \}/, "did not find expected ',' or '}'"],
  [/nested mappings are not allowed/, 'mapping values are not allowed in this context'],
  [/tabs are not allowed as indentation/, 'found character that cannot start any token'],
];

const inGoWords = (message: string): string => GO_WORDS.find(([pattern]) => pattern.test(message))?.[1] ?? message;

/** Reads the first document, as upstream; what follows it is not looked at. Throws 400 with the line. */
export async function readYamlBody(reader: ManifestReader, text: string): Promise<DecodedBody> {
  const { documents, problems } = await reader.read(text, { duplicateKeys: 'collect' });
  const problem = problems.find(({ document }) => document === 0);
  if (problem)
    throw badRequest(`error converting YAML to JSON: yaml: line ${problem.line}: ${inGoWords(problem.message)}`);
  const document = documents.find(({ index }) => index === 0);
  if (!document) return { value: null, duplicateFields: [] };
  return { value: document.value, duplicateFields: [], yamlErrors: duplicatesOf(document) };
}

/** As the decoder tells them: of each the line on which its value begins. */
const duplicatesOf = ({ duplicateKeys, lineStarts }: ManifestDocument): string[] =>
  duplicateKeys.map(
    ({ name, value }) => `line ${positionAt(lineStarts, value).line}: key ${goQuote(name)} already set in map`,
  );

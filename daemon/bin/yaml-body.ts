/**
 * YAML request bodies (apply patches, `kubectl` never sends others): one document, read as manifests are read.
 */

import type { DecodedBody } from '../api/http/body.ts';
import { badRequest } from '../base/status.ts';
import type { ManifestReader } from '../yaml/pool.ts';

/** Our parser's words → those of the API server's, where clients meet them most. */
const GO_WORDS: readonly (readonly [RegExp, string])[] = [
  [/flow sequence .*end with a \]/, "did not find expected ',' or ']'"],
  [/flow map .*end with a \}/, "did not find expected ',' or '}'"],
  [/nested mappings are not allowed/, 'mapping values are not allowed in this context'],
  [/tabs are not allowed as indentation/, 'found character that cannot start any token'],
];

const inGoWords = (message: string): string => GO_WORDS.find(([pattern]) => pattern.test(message))?.[1] ?? message;

/** Throws 400 with the line. */
export async function readYamlBody(reader: ManifestReader, text: string): Promise<DecodedBody> {
  const { documents, problems } = await reader.read(text, { duplicateKeys: 'collect' });
  const [problem] = problems;
  if (problem)
    throw badRequest(`error converting YAML to JSON: yaml: line ${problem.line}: ${inGoWords(problem.message)}`);
  if (documents.length === 0) return { value: null, duplicateFields: [] };
  if (documents.length > 1) throw badRequest(`the body must hold one YAML document, not ${documents.length}`);
  const [document] = documents;
  return { value: document!.value, duplicateFields: document!.duplicateKeys.map(({ path }) => path) };
}

/**
 * YAML request bodies (apply patches, `kubectl` never sends others): one document, read as manifests are read.
 */

import type { DecodedBody } from '../api/http/body.ts';
import { badRequest } from '../base/status.ts';
import type { ManifestReader } from '../yaml/pool.ts';

/** Throws 400 with line and column. */
export async function readYamlBody(reader: ManifestReader, text: string): Promise<DecodedBody> {
  const { documents, problems } = await reader.read(text, { duplicateKeys: 'collect' });
  const [problem] = problems;
  if (problem) throw badRequest(`error converting YAML to JSON: yaml: line ${problem.line}: ${problem.message}`);
  if (documents.length !== 1) throw badRequest(`the body must hold one YAML document, not ${documents.length}`);
  const [document] = documents;
  return { value: document!.value, duplicateFields: document!.duplicateKeys.map(({ path }) => path) };
}

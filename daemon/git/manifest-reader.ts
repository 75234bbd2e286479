/**
 * The manifest reader of `yaml/` in the git layer's terms: bytes in, documents with their places out. Encrypted documents are opened here and nowhere
 * else; only their places and cipher text are kept for longer than the call.
 */

import { EMPTY_KEYRING, type Keyring } from '../sops/keyring.ts';
import { isSealed, openDocuments } from '../sops/open.ts';
import type { ManifestReader as TextReader } from '../yaml/pool.ts';
import { decodeText, positionOf, type ReadResult } from '../yaml/read.ts';
import type { ManifestReader, ReadManifests } from './ports.ts';

/** Files that were just read to find places in: the problems of a push are mostly in one or two. */
const RESULTS_KEPT_MAX = 4;

/** `keyring`: what opens encrypted manifests; without one they are refused. */
export function createGitManifestReader(reader: TextReader, keyring: Keyring = EMPTY_KEYRING): ManifestReader {
  const kept = new Map<string, ReadResult>();
  const readText = async (text: string): Promise<ReadResult> => {
    const result = kept.get(text) ?? (await reader.read(text));
    kept.delete(text);
    kept.set(text, result);
    for (const oldest of kept.keys()) {
      if (kept.size <= RESULTS_KEPT_MAX) break;
      kept.delete(oldest);
    }
    return result;
  };
  return {
    async read(bytes) {
      const decoded = decodeText(bytes);
      if ('problem' in decoded) return { documents: [], problems: [decoded.problem] };
      return openSealed(await reader.read(decoded.text), keyring);
    },
    async positionOf(bytes, _file, number, fieldPath) {
      const decoded = decodeText(bytes);
      const result = 'text' in decoded ? await readText(decoded.text) : undefined;
      const document = result?.documents.find(({ index }) => index === number);
      return document ? positionOf(document, fieldPath) : { line: 1, column: 1 };
    },
  };
}

async function openSealed(read: ReadResult, keyring: Keyring): Promise<ReadManifests> {
  const { documents, problems } = read;
  if (problems.length > 0 || !documents.some(isSealed)) return { documents, problems };
  const result = await openDocuments(read, keyring);
  const opened = new Map(result.opened.map((one) => [one.document.index, one]));
  return {
    documents: documents.map(({ index, line, column, value }) => {
      const one = opened.get(index);
      if (!one) return { index, line, column, value };
      return { index, line, column, value: one.value, sealed: { places: one.encrypted, mac: one.metadata.mac } };
    }),
    problems: result.problems,
  };
}

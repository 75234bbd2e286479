/**
 * The manifest reader of `yaml/` in the git layer's terms: bytes in, documents with their places out.
 */

import type { ManifestReader as TextReader } from '../yaml/pool.ts';
import { decodeText, positionOf, type ReadResult } from '../yaml/read.ts';
import type { ManifestReader } from './ports.ts';

/** Files that were just read to find places in: the problems of a push are mostly in one or two. */
const RESULTS_KEPT_MAX = 4;

export function createGitManifestReader(reader: TextReader): ManifestReader {
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
      const { documents, problems } = await reader.read(decoded.text);
      return { documents, problems };
    },
    async positionOf(bytes, _file, number, fieldPath) {
      const decoded = decodeText(bytes);
      const result = 'text' in decoded ? await readText(decoded.text) : undefined;
      const document = result?.documents.find(({ index }) => index === number);
      return document ? positionOf(document, fieldPath) : { line: 1, column: 1 };
    },
  };
}

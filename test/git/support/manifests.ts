/** A manifest reader straight onto the yaml library, for tests that are not about reading. */

import { isNode, LineCounter, parseAllDocuments } from 'yaml';
import type { ManifestReader } from '../../../daemon/git/ports.ts';

export const manifests: ManifestReader = {
  async read(bytes) {
    const lines = new LineCounter();
    const documents = [...parseAllDocuments(Buffer.from(bytes).toString('utf8'), { lineCounter: lines })];
    const problems = documents.flatMap(({ errors }) =>
      errors.map(({ message, pos }) => {
        const { line, col } = lines.linePos(pos[0]);
        return { line, column: col, message: message.split('\n')[0]! };
      }),
    );
    return {
      problems,
      documents: documents.map((document) => {
        const { line, col } = lines.linePos(document.contents?.range?.[0] ?? document.range[0]);
        return { value: document.toJS(), line, column: col };
      }),
    };
  },
  positionOf(bytes, _file, number, fieldPath) {
    const lines = new LineCounter();
    const document = [...parseAllDocuments(Buffer.from(bytes).toString('utf8'), { lineCounter: lines })][number]!;
    const steps = fieldPath
      .split(/[.[\]]+/)
      .filter(Boolean)
      .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
    for (let length = steps.length; length >= 0; length--) {
      const node = document.getIn(steps.slice(0, length), true);
      if (isNode(node) && node.range) {
        const { line, col } = lines.linePos(node.range[0]);
        return { line, column: col };
      }
    }
    return { line: 1, column: 1 };
  },
};

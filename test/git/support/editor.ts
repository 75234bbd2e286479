/** Re-renders the whole document: for tests that are about commits, not about bytes. */

import { parseAllDocuments, stringify } from 'yaml';
import type { ManifestEditor } from '../../../daemon/git/ports.ts';

const split = (text: string) => parseAllDocuments(text).map((document) => document.toJS() as unknown);
const join = (documents: readonly unknown[]) => documents.map((one) => stringify(one)).join('---\n');

export const editor: ManifestEditor = {
  edit: (text, document, _present, wanted) => ({ ok: true, text: join(split(text).with(document, wanted)) }),
  remove(text, document) {
    const left = split(text).toSpliced(document, 1);
    return left.length === 0 ? undefined : join(left);
  },
  render: (object) => stringify(object),
};

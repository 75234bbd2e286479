/**
 * The manifest editor of `yaml/` in the git layer's terms, with the lists' merge keys from the schemas, and the removal of whole documents. Encrypted
 * documents are edited by `sops/`, so that no value gets into a text in plain.
 */

import { deepEqual } from '../base/json.ts';
import type { JsonObject } from '../base/object.ts';
import { typeOfObject } from '../merge/managed-fields.ts';
import type { MergeType } from '../merge/merge-type.ts';
import type { SchemaSet } from '../schema/node.ts';
import { EMPTY_KEYRING, type Keyring } from '../sops/keyring.ts';
import { isSealed } from '../sops/open.ts';
import { editSealed, refreshMac, sealDocument } from '../sops/seal.ts';
import { editManifest, type EditResult as TextResult } from '../yaml/edit.ts';
import { readManifests } from '../yaml/read.ts';
import { renderManifest } from '../yaml/render.ts';
import type { EditResult, ManifestEditor, Sealing } from './ports.ts';

export function createManifestEditor(schemas: SchemaSet, keyring: Keyring = EMPTY_KEYRING): ManifestEditor {
  return {
    async edit(text, index, present, wanted, sealing) {
      const listKeys = listKeysOf(schemas, wanted);
      if (!sealedMac(text, index)) return toResult(editManifest({ text, index, present, wanted, listKeys }));
      return toResult(await editSealed(text, index, wanted, keyring, { ...sealing, listKeys }));
    },
    async seal(text, index, wanted, sealing) {
      return toResult(await sealDocument(text, index, wanted, { ...sealing, listKeys: listKeysOf(schemas, wanted) }));
    },
    remove: (text, index, sealing) => removeAny(text, index, keyring, sealing),
    render: (object) => renderManifest(object),
  };
}

const toResult = (result: TextResult): EditResult =>
  'text' in result
    ? { ok: true, text: result.text }
    : { ok: false, line: result.position.line, column: result.position.column, message: result.refusal };

/** Whether any document may be encrypted: the key stands there as it is, unless somebody wrote it with escapes. */
const maySealed = (text: string): boolean => text.includes('sops') || text.includes('\\');

/** The MAC of an encrypted document. */
function sealedMac(text: string, index: number): string | undefined {
  if (!maySealed(text)) return undefined; // reading it all costs as much as the edit
  const document = readManifests(text).documents.find((one) => one.index === index);
  return document && isSealed(document)
    ? String((document.value as { sops: { mac?: unknown } }).sops.mac ?? '')
    : undefined;
}

/** Documents that were encrypted together share a MAC over all of them: it is made anew when one goes. */
async function removeAny(text: string, index: number, keyring: Keyring, sealing: Sealing): Promise<string | undefined> {
  const mac = sealedMac(text, index);
  const left = removeDocument(text, index);
  if (left === undefined || mac === undefined) return left;
  const refreshed = await refreshMac(left, mac, keyring, sealing);
  if ('text' in refreshed) return refreshed.text;
  throw new Error(`document ${index + 1} cannot be taken out of its file: ${refreshed.refusal}`);
}

/** The keys of the list at a path without indices (`spec.template.spec.containers`). */
function listKeysOf(schemas: SchemaSet, object: Readonly<JsonObject>): (path: string) => readonly string[] | undefined {
  return (path) => {
    let type: MergeType | undefined = typeOfObject(schemas, object);
    for (const name of path.split('.').filter(Boolean)) {
      type = type.list && !type.map?.field(name) ? type.list.item : type;
      type = type.map?.field(name) ?? type.map?.element;
      if (!type) return undefined;
    }
    return type.list?.associative && type.list.keys.length > 0 ? type.list.keys : undefined;
  };
}

/**
 * The text without document number `index` (empty ones counted); undefined when no other document is left.
 * Documents begin at lines of `---`, which cannot occur at a line's beginning for another reason. Checked by reading the result again.
 */
export function removeDocument(text: string, index: number): string | undefined {
  const before = readManifests(text).documents;
  const left = before.filter((document) => document.index !== index);
  if (left.length === 0) return undefined;
  const marks = [...text.matchAll(/^---(?=\s|$)/gm)].map((match) => match.index);
  // What stands before the first mark is a document of its own, or only comments that belong to the first.
  for (const starts of [
    [0, ...marks],
    [0, ...marks.slice(1)],
  ]) {
    const start = starts[index];
    if (start === undefined) continue;
    const result = text.slice(0, start) + text.slice(starts[index + 1] ?? text.length);
    const { documents, problems } = readManifests(result);
    if (problems.length === 0 && deepEqual(documents.map(contentOf), left.map(contentOf))) return result;
  }
  throw new Error(`document ${index + 1} cannot be taken out of its file`);
}

const contentOf = ({ value }: { value: unknown }): unknown => value;

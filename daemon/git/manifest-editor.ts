/**
 * The manifest editor of `yaml/` in the git layer's terms, with the lists' merge keys from the schemas, and the removal of whole documents.
 */

import { deepEqual } from '../base/json.ts';
import type { JsonObject } from '../base/object.ts';
import { typeOfObject } from '../merge/managed-fields.ts';
import type { MergeType } from '../merge/merge-type.ts';
import type { SchemaSet } from '../schema/node.ts';
import { editManifest } from '../yaml/edit.ts';
import { readManifests } from '../yaml/read.ts';
import { renderManifest } from '../yaml/render.ts';
import type { ManifestEditor } from './ports.ts';

export function createManifestEditor(schemas: SchemaSet): ManifestEditor {
  return {
    edit(text, index, present, wanted) {
      const result = editManifest({ text, index, present, wanted, listKeys: listKeysOf(schemas, wanted) });
      if ('text' in result) return { ok: true, text: result.text };
      return { ok: false, ...result.position, message: result.refusal };
    },
    remove: removeDocument,
    render: (object) => renderManifest(object),
  };
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

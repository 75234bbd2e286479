/**
 * One person's write as a change of files: which file, what it says afterwards, and what the object's manifest is then.
 * Reads texts, changes nothing. Refusals are StatusErrors that name the file and line.
 */

import type { PlannedWrite } from '../../api/rest/persist.ts';
import { deepEqual, isObject } from '../../base/json.ts';
import type { JsonObject } from '../../base/object.ts';
import { forbidden } from '../../base/status.ts';
import { typeOfObject } from '../../merge/managed-fields.ts';
import type { SchemaSet } from '../../schema/node.ts';
import type { DesiredState } from '../desired-state.ts';
import {
  describeObject,
  itemNumberOf,
  type ManifestDocument,
  type ManifestFile,
  type NamedObject,
} from '../manifest-file.ts';
import { roleOfPath } from '../manifest-path.ts';
import type { ManifestEditor, ManifestReader, Sealing } from '../ports.ts';
import { isSecret, saysSecrets } from '../secrets/plain-text.ts';
import { withoutDroppedFields } from './dropped-fields.ts';
import type { Route } from './route.ts';
import { manifestAfterWrite, manifestOfNew } from './wanted-manifest.ts';

/** The files as the writes before this one leave them. */
export interface FileView {
  readonly state: DesiredState;
  /** `--path` */
  readonly folder: string;
  /** Undefined: no such manifest file. */
  file(path: string): ManifestFile | undefined;
  /** Every manifest file. */
  paths(): Iterable<string>;
  text(file: ManifestFile): Promise<string>;
}

export interface PlanTools {
  manifests: ManifestReader;
  editor: ManifestEditor;
  schemas: SchemaSet;
  sealing: Sealing;
  /** Configuration `secrets.plainText: refuse`. */
  refusesPlainText: boolean;
}

export interface FileChanges {
  /** Path → new text; undefined: the file goes. Empty: nothing that belongs into a file changed. */
  texts: ReadonlyMap<string, string | undefined>;
  /** What git says of the object afterwards; undefined when it says nothing any more. */
  manifest: JsonObject | undefined;
  /** The write gives up fields that only git still holds: the object is to be merged and admitted again. */
  dropsFields?: boolean;
  /** For the writer, beside a write that succeeds. */
  warning?: string;
}

export async function planFileChanges(
  tools: PlanTools,
  view: FileView,
  write: PlannedWrite,
  route: Exclude<Route, { to: 'runtime' }>,
): Promise<FileChanges> {
  if (route.to === 'new-file') return planNewFile(tools, view, write);
  if (route.to === 'remove') return planRemoval(tools, view, write);
  return planEdit(tools, view, write);
}

async function planNewFile(tools: PlanTools, view: FileView, write: PlannedWrite): Promise<FileChanges> {
  const { editor, schemas, sealing } = tools;
  const { kind, next } = write;
  const manifest = manifestOfNew(kind, typeOfObject(schemas, next as JsonObject), next!);
  const path = newPath(view, write);
  const text = editor.render(manifest, path);
  if (!isSecret(kind) || !saysSecrets(manifest)) return { texts: new Map([[path, text]]), manifest };
  const sealed = await editor.seal(text, 0, manifest, sealing);
  if (sealed.ok) return { texts: new Map([[path, sealed.text]]), manifest };
  throw new Error(`a new Secret could not be encrypted: ${sealed.message}`);
}

/** `<namespace>/<kind>-<name>.yaml`, with a number when that is taken. */
function newPath(view: FileView, write: PlannedWrite): string {
  const { kind, next } = write;
  const { namespace = '', name = '' } = next!.metadata ?? {};
  const safe = (text: string) => text.replace(/[^A-Za-z0-9._-]/g, '_');
  const stem = `${safe(namespace)}/${kind.resource.kind.toLowerCase()}-${safe(name)}`;
  const inFolder = (path: string) => (view.folder ? `${view.folder}/${path}` : path);
  let path = inFolder(`${stem}.yaml`);
  for (let number = 2; view.file(path); number++) path = inFolder(`${stem}-${number}.yaml`);
  const role = roleOfPath({ path, badPath: false, mode: 'file', id: undefined }, view.folder, view.state.ignore);
  if (role.role === 'manifest') return path;
  throw refuse(write, `its file in git would be ${path}, which is not read as a manifest (.refletignore)`);
}

async function planEdit(tools: PlanTools, view: FileView, write: PlannedWrite): Promise<FileChanges> {
  const { kind, key, old, next } = write;
  const { file, document } = find(view, key);
  const present = document.object;
  const type = typeOfObject(tools.schemas, present);
  const lessened = withoutDroppedFields(type, write);
  const manifest = manifestAfterWrite(kind, type, present, old!, lessened ?? next!);
  if (deepEqual(present, manifest)) return { texts: new Map(), manifest };
  const dropsFields = lessened !== undefined;
  const text = await view.text(file);
  const whole = await wholeDocument(tools, file, document, text);
  const wanted = document.itemPath === '' ? manifest : withItem(whole, document, manifest);
  const before = document.itemPath === '' ? (present as JsonObject) : whole;
  const seals = !document.sealed && isSecret(kind) && mustBeSealed(tools, present, manifest);
  const result = await edited(tools, write, file, document, text, before, wanted, seals);
  const warning = `${file.path} had this Secret in plain text: it is encrypted now, but its old values stay in the history of git: change them`;
  return { texts: new Map([[file.path, result]]), manifest, dropsFields, ...(seals ? { warning } : {}) };
}

/** New values never go into git in plain text; and nothing that is not changed is encrypted, unless plain text is refused. */
const mustBeSealed = (
  { refusesPlainText }: PlanTools,
  present: Readonly<JsonObject>,
  manifest: Readonly<JsonObject>,
): boolean => saysSecrets(manifest) && (refusesPlainText || !hasSameValues(present, manifest));

const hasSameValues = (present: Readonly<JsonObject>, next: Readonly<JsonObject>): boolean =>
  deepEqual(present['data'], next['data']) && deepEqual(present['stringData'], next['stringData']);

async function edited(
  { editor, sealing }: PlanTools,
  write: PlannedWrite,
  file: ManifestFile,
  document: ManifestDocument,
  text: string,
  present: JsonObject,
  wanted: JsonObject,
  seals = false,
): Promise<string> {
  const result = seals
    ? await editor.seal(text, document.document, wanted, sealing)
    : await editor.edit(text, document.document, present, wanted, sealing);
  if (result.ok) return result.text;
  throw refuse(
    write,
    `it is written in git at ${file.path}:${result.line}:${result.column}: ${result.message}; change the file and push`,
  );
}

/** The object's document goes; with a namespace, everything that git has in it goes too. */
async function planRemoval(tools: PlanTools, view: FileView, write: PlannedWrite): Promise<FileChanges> {
  const going = (names: NamedObject): boolean =>
    names.storeKey === write.key || (isNamespaceWrite(write) && names.key.namespace === write.old?.metadata?.name);
  const texts = new Map<string, string | undefined>();
  const paths = isNamespaceWrite(write) ? [...view.paths()] : [find(view, write.key).file.path];
  for (const path of paths) {
    const file = view.file(path);
    const leaving = file?.documents.filter(({ names }) => names && going(names)) ?? [];
    if (file && leaving.length > 0) texts.set(path, await withoutDocuments(tools, view, write, file, leaving));
  }
  return { texts, manifest: undefined };
}

const isNamespaceWrite = ({ kind }: PlannedWrite): boolean =>
  kind.resource.group === '' && kind.resource.kind === 'Namespace';

async function withoutDocuments(
  tools: PlanTools,
  view: FileView,
  write: PlannedWrite,
  file: ManifestFile,
  leaving: readonly ManifestDocument[],
): Promise<string | undefined> {
  if (leaving.length === file.documents.length) return undefined;
  let text: string | undefined = await view.text(file);
  const byDocument = Map.groupBy(leaving, ({ document }) => document);
  // From the last document on, so that the numbers of those before stay right.
  for (const [number, items] of [...byDocument].sort(([a], [b]) => b - a)) {
    const all = file.documents.filter(({ document }) => document === number);
    if (text === undefined) break;
    if (items.length === all.length) text = await tools.editor.remove(text, number, tools.sealing);
    else {
      const whole = await wholeDocument(tools, file, items[0]!, text);
      text = await edited(tools, write, file, items[0]!, text, whole, withoutItems(whole, items));
    }
  }
  return text;
}

async function wholeDocument(
  { manifests }: PlanTools,
  file: ManifestFile,
  { document }: ManifestDocument,
  text: string,
): Promise<JsonObject> {
  const { documents } = await manifests.read(Buffer.from(text, 'utf8'), file.path);
  const value = documents.find(({ index }) => index === document)?.value;
  if (!isObject(value)) throw new Error(`${file.path}: document ${document} is no longer an object`);
  return value;
}

const itemNumber = ({ itemPath }: ManifestDocument): number => itemNumberOf(itemPath);

function withItem(list: JsonObject, document: ManifestDocument, item: JsonObject): JsonObject {
  return { ...list, items: (list['items'] as unknown[]).with(itemNumber(document), item) };
}

function withoutItems(list: JsonObject, leaving: readonly ManifestDocument[]): JsonObject {
  const numbers = new Set(leaving.map(itemNumber));
  return { ...list, items: (list['items'] as unknown[]).filter((_item, position) => !numbers.has(position)) };
}

function find(view: FileView, storeKey: string): { file: ManifestFile; document: ManifestDocument } {
  const path = view.state.objects.get(storeKey)?.file.path;
  const file = path === undefined ? undefined : view.file(path);
  const document = file?.documents.find(({ names }) => names?.storeKey === storeKey);
  if (!file || !document) throw new Error(`${storeKey} is not in git any more`);
  return { file, document };
}

function refuse({ kind, old, next }: PlannedWrite, why: string): Error {
  const { group, plural: resource } = kind.resource;
  return forbidden({ group, resource }, (next ?? old)?.metadata?.name ?? '', why);
}

/** `Update deployment default/web` */
export function describeWrite({ verb, subresource, kind, old, next }: PlannedWrite): string {
  const { namespace, name = '' } = (next ?? old)?.metadata ?? {};
  const action = subresource === 'scale' ? 'Scale' : VERBS[verb];
  return `${action} ${describeObject({ kind, key: { namespace, name } })}`;
}

const VERBS: Readonly<Record<PlannedWrite['verb'], string>> = {
  create: 'Create',
  update: 'Update',
  patch: 'Update',
  apply: 'Apply',
  delete: 'Delete',
  deletecollection: 'Delete',
};

/**
 * A manifest file as the git layer keeps it: its documents, lists opened up, each with the object that it names. Pure.
 */

import { isObject } from '../base/json.ts';
import type { JsonObject, ObjectKey } from '../base/object.ts';
import { registryKey } from '../base/registry-key.ts';
import { hasMoreValues, VALUES_MAX } from '../base/values.ts';
import type { Kind, KindRegistry } from '../kinds/kind.ts';
import { parseApiVersion } from '../kinds/resource.ts';
import type { ReadManifests, SealedValues } from './ports.ts';
import type { PushProblem } from './problem.ts';

export interface ManifestDocument {
  /** 0-based among all objects of the file; what admission calls the document. */
  readonly number: number;
  /** 0-based among the file's YAML documents. */
  readonly document: number;
  /** `items[3]` for an object out of a list, else `''`. */
  readonly itemPath: string;
  readonly line: number;
  readonly column: number;
  readonly object: Readonly<JsonObject>;
  /** Which of its values the file has encrypted. */
  readonly sealed?: SealedValues;
  /** What it names; undefined when it names nothing that is served. */
  readonly names: NamedObject | undefined;
}

export interface NamedObject {
  readonly kind: Kind;
  readonly key: ObjectKey;
  /** In the store. */
  readonly storeKey: string;
}

export interface ManifestFile {
  readonly path: string;
  readonly blob: string;
  /** Size of the text. */
  readonly bytes: number;
  readonly documents: readonly ManifestDocument[];
}

/** The file's documents, or what is wrong with its outer form. */
export function parseManifestFile(
  path: string,
  blob: string,
  bytes: number,
  read: ReadManifests,
  registry: KindRegistry,
): { file: ManifestFile; problems: PushProblem[] } {
  const problems: PushProblem[] = read.problems.map(({ line, column, message, expected }) => ({
    file: path,
    line,
    column,
    message,
    ...(expected ? { expected } : {}),
  }));
  const documents: ManifestDocument[] = [];
  for (const { index: document, value, line, column, sealed } of read.documents) {
    if (value === undefined || value === null) continue;
    const outer = { document, line, column };
    for (const { object, itemPath } of openList(value)) {
      if (hasMoreValues(object, VALUES_MAX)) {
        const message = `this object has more than ${VALUES_MAX} values`;
        problems.push({
          file: path,
          line,
          column,
          ...(itemPath ? { fieldPath: itemPath } : {}),
          message,
          expected: 'smaller objects',
        });
      } else if (isObject(object)) {
        const number = documents.length;
        const own = sealed ? { sealed: sealedItem(sealed, itemPath) } : {};
        documents.push({ ...outer, ...own, number, itemPath, object, names: identify(object, registry) });
      } else {
        problems.push({
          file: path,
          line,
          column,
          ...(itemPath ? { fieldPath: itemPath } : {}),
          message: `this is ${describe(object)}, not a manifest`,
          expected: 'an object with apiVersion, kind and metadata.name, or the path named in .refletignore',
        });
      }
    }
  }
  return { file: { path, blob, bytes, documents }, problems };
}

/** The places of one item of an encrypted list, from the item on. */
function sealedItem({ places, mac }: SealedValues, itemPath: string): SealedValues {
  if (itemPath === '') return { places, mac };
  const number = itemNumberOf(itemPath);
  const own = places.filter(([list, item]) => list === 'items' && item === number).map((place) => place.slice(2));
  return { places: own, mac };
}

/** 3 of `items[3]`. */
export const itemNumberOf = (itemPath: string): number => Number(/\[(\d+)\]/.exec(itemPath)?.[1]);

/** A `List` (or `ConfigMapList`, …) is its items; anything else is itself. */
function openList(value: unknown): { object: unknown; itemPath: string }[] {
  if (!isObject(value) || typeof value['kind'] !== 'string' || !value['kind'].endsWith('List')) {
    return [{ object: value, itemPath: '' }];
  }
  const { kind, apiVersion, items } = value;
  if (!Array.isArray(items)) return [{ object: value, itemPath: '' }];
  const itemKind = kind === 'List' ? {} : { apiVersion, kind: (kind as string).slice(0, -'List'.length) };
  return items.map((item, position) => ({
    object: isObject(item) ? { ...itemKind, ...item } : item,
    itemPath: `items[${position}]`,
  }));
}

/** What a manifest names, when that is a kind that is served and kept. A missing namespace is `default`. */
export function identify(object: Readonly<JsonObject>, registry: KindRegistry): NamedObject | undefined {
  const { apiVersion, kind: kindName, metadata } = object;
  if (typeof apiVersion !== 'string' || typeof kindName !== 'string' || !isObject(metadata)) return undefined;
  const { name, namespace } = metadata;
  if (typeof name !== 'string' || name === '') return undefined;
  const { group, version } = parseApiVersion(apiVersion);
  const kind = registry.byKind(group, version, kindName);
  if (!kind?.stored) return undefined;
  const key: ObjectKey = kind.resource.namespaced
    ? { namespace: typeof namespace === 'string' && namespace !== '' ? namespace : 'default', name }
    : { name };
  return { kind, key, storeKey: registryKey(kind.resource, key) };
}

/** `deployment default/web`: how an object is called in messages. */
export function describeObject({ kind, key }: { kind: Kind; key: ObjectKey }): string {
  const name = key.namespace ? `${key.namespace}/${key.name}` : key.name;
  return `${kind.resource.kind.toLowerCase()} ${name}`;
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value === null) return 'empty';
  return `a ${typeof value}`;
}

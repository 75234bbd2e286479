/**
 * One stored form, several versions of it: every read and write of an object goes through here. A kind of one version has no `conversion` and costs
 * nothing; what is converted is made once and kept as long as the stored object.
 *
 * Conversion may have to ask somebody (a webhook). Reads are synchronous all the same: one that needs an object that is not converted yet throws
 * {@link ConversionNeeded}, and {@link settled} around it converts and reads again. Nothing may have been done before such a read.
 */

import { deepFreeze } from '../base/json.ts';
import type { JsonObject, KubeObject } from '../base/object.ts';
import type { Kind, KindRegistry } from './kind.ts';
import { apiVersionOf, parseApiVersion } from './resource.ts';

/** Reads that go on finding objects which nobody has converted yet are given up: more changes than conversions can follow. */
const SETTLE_ROUNDS_MAX = 50;

/** Stored object → apiVersion → as that version shows it. A webhook may change with its definition: then so does the key. */
const shownForms = new WeakMap<Readonly<KubeObject>, Map<string, KubeObject>>();

const keyOf = (kind: Kind): string => `${apiVersionOf(kind.resource)} ${kind.conversion?.identity ?? ''}`;

/** A read met stored objects that somebody else has to convert first. */
export class ConversionNeeded extends Error {
  readonly kind: Kind;
  readonly objects: readonly Readonly<KubeObject>[];

  constructor(kind: Kind, objects: readonly Readonly<KubeObject>[]) {
    super(`${objects.length} ${kind.resource.plural} are not converted to ${kind.resource.version} yet`);
    this.name = 'ConversionNeeded';
    this.kind = kind;
    this.objects = objects;
  }
}

/** Whether this version is the one in which its objects are kept. */
export function isStorageVersion({ conversion, resource }: Kind): boolean {
  return conversion === undefined || conversion.storedAs === apiVersionOf(resource);
}

/** Whether a stored object is in the kind's own version. */
function isOfOwnVersion({ conversion, resource }: Kind, stored: Readonly<KubeObject>): boolean {
  return conversion === undefined || stored.apiVersion === apiVersionOf(resource);
}

/** A stored object as its kind shows it. Throws {@link ConversionNeeded}. */
export function shown(kind: Kind, stored: Readonly<KubeObject>): KubeObject {
  const isOwnVersion = isOfOwnVersion(kind, stored);
  if (isOwnVersion && !kind.conversion?.refresh) return stored as KubeObject;
  const known = shownForms.get(stored)?.get(keyOf(kind));
  if (known) return known;
  const { convert, refresh } = kind.conversion!;
  if (isOwnVersion) return remember(kind, stored, refresh!(stored));
  if (!convert) throw new ConversionNeeded(kind, [stored]);
  return remember(kind, stored, convert(stored, apiVersionOf(kind.resource)));
}

function remember(kind: Kind, stored: Readonly<KubeObject>, made: KubeObject): KubeObject {
  const forms = shownForms.get(stored) ?? new Map<string, KubeObject>();
  shownForms.set(stored, forms);
  const frozen = deepFreeze(made);
  forms.set(keyOf(kind), frozen);
  return frozen;
}

/** Of these stored objects, those that somebody has to be asked about. */
export function unconverted(kind: Kind, objects: readonly Readonly<KubeObject>[]): readonly Readonly<KubeObject>[] {
  if (!kind.conversion || kind.conversion.convert) return [];
  return objects.filter((stored) => !isOfOwnVersion(kind, stored) && !shownForms.get(stored)?.has(keyOf(kind)));
}

/** Throws one {@link ConversionNeeded} for all of the objects that are not converted yet, so that they are asked for together. */
export function requireShown(kind: Kind, objects: readonly Readonly<KubeObject>[]): void {
  const missing = unconverted(kind, objects);
  if (missing.length > 0) throw new ConversionNeeded(kind, missing);
}

/** An object of the kind as it shall be kept. Throws what its conversion throws. */
export function toStored(kind: Kind, object: KubeObject): KubeObject | Promise<KubeObject> {
  const { conversion } = kind;
  if (!conversion || isStorageVersion(kind)) return object;
  if (conversion.convert) return conversion.convert(object, conversion.storedAs);
  return conversion.ask([object], conversion.storedAs).then(([made]) => made!);
}

/** Converts what reads of these objects will need. */
export async function convertAll({ kind, objects }: Pick<ConversionNeeded, 'kind' | 'objects'>): Promise<void> {
  const { conversion } = kind;
  if (!conversion || conversion.convert) return;
  const made = await conversion.ask(objects, apiVersionOf(kind.resource));
  for (const [index, stored] of objects.entries()) remember(kind, stored, made[index]!);
}

/** Runs `read` until nothing that it reads is unconverted. Whatever it throws otherwise is thrown. */
export function settled<T>(read: () => T): T | Promise<Awaited<T>> {
  try {
    const made = read();
    if (!(made instanceof Promise)) return made;
    return made.catch((error: unknown) => {
      if (error instanceof ConversionNeeded) return settle(read, error);
      throw error;
    }) as Promise<Awaited<T>>;
  } catch (error) {
    if (error instanceof ConversionNeeded) return settle(read, error);
    throw error;
  }
}

async function settle<T>(read: () => T, first: ConversionNeeded): Promise<Awaited<T>> {
  let needed = first;
  for (let round = 1; round <= SETTLE_ROUNDS_MAX; round++) {
    await convertAll(needed);
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof ConversionNeeded)) throw error;
      needed = error;
    }
  }
  throw needed;
}

/**
 * For server-side apply: an object of a kind in the version that some manager speaks; undefined when that is no longer served. Versions that only
 * a webhook can convert are compared field by field as they are.
 */
export function versionConverter(
  registry: KindRegistry,
  kind: Kind,
): ((object: Readonly<JsonObject>, apiVersion: string) => JsonObject | undefined) | undefined {
  if (kind.conversion && !kind.conversion.convert) return undefined;
  return (object, apiVersion) => {
    const { group, version } = parseApiVersion(apiVersion);
    const other = registry.byKind(group, version, kind.resource.kind);
    if (!other) return undefined;
    const kept = kind.conversion?.convert?.(object as KubeObject, kind.conversion.storedAs) ?? (object as KubeObject);
    return (other.conversion?.convert?.(kept, apiVersion) ?? kept) as JsonObject;
  };
}

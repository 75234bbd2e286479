/**
 * Two commits' desired states side by side: which objects one has and the other has not, and which fields they say otherwise. Pure; values of Secrets
 * and what a manifest has encrypted are not in the outcome.
 */

import { type FieldChange, fieldChanges, pathOfSteps, withoutSecrets } from '../../base/field-changes.ts';
import type { DesiredObject, DesiredState } from '../desired-state.ts';

/** A field that differs, with its line in the newer state (the older's, when it is gone). */
export interface ChangedField extends FieldChange {
  readonly line?: number;
  /** Who changed it, where that is known. */
  readonly by?: string;
}

export interface Place {
  readonly file: string;
  readonly line: number;
}

export interface ObjectDifference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed' | 'missing';
  /** In the newer state; in the older for what is removed. */
  readonly place: Place;
  readonly fields: readonly ChangedField[];
}

/** Ordered by namespace, kind and name. */
export function compareStates(before: DesiredState, after: DesiredState, namespace?: string): Compared[] {
  const compared: Compared[] = [];
  for (const [key, object] of after.objects) {
    if (!isIn(object, namespace)) continue;
    const old = before.objects.get(key);
    if (!old) compared.push({ change: 'added', object, old, fields: [] });
    else if (old.document !== object.document) {
      const fields = changesOf(old, object);
      if (fields.length > 0) compared.push({ change: 'changed', object, old, fields });
    }
  }
  for (const [key, old] of before.objects) {
    if (isIn(old, namespace) && !after.objects.has(key))
      compared.push({ change: 'removed', object: old, old, fields: [] });
  }
  return compared.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

/** An object that differs, with where both stand: what its lines are looked up by. */
export interface Compared {
  readonly change: 'added' | 'removed' | 'changed';
  /** The newer. */
  readonly object: DesiredObject;
  readonly old: DesiredObject | undefined;
  readonly fields: readonly FieldChange[];
}

function changesOf(old: DesiredObject, now: DesiredObject): FieldChange[] {
  const changes = fieldChanges(old.document.object, now.document.object);
  return withoutSecrets(now.names.kind.resource.kind, changes, [...hiddenPaths(old), ...hiddenPaths(now)]);
}

/** Where the manifest has encrypted values. */
export const hiddenPaths = ({ document }: DesiredObject): string[] =>
  (document.sealed?.places ?? []).map((place) => pathOfSteps(place));

const isIn = ({ names }: DesiredObject, namespace: string | undefined): boolean =>
  namespace === undefined || names.key.namespace === namespace;

const sortKey = ({ object: { names } }: Compared): string =>
  [names.key.namespace ?? '', names.kind.resource.kind, names.key.name].join('\0');

export function toDifference(
  { names, file, document }: DesiredObject,
  change: ObjectDifference['change'],
  fields: readonly ChangedField[],
): ObjectDifference {
  const { resource } = names.kind;
  return {
    apiVersion: resource.group ? `${resource.group}/${resource.version}` : resource.version,
    kind: resource.kind,
    ...(names.key.namespace ? { namespace: names.key.namespace } : {}),
    name: names.key.name,
    change,
    place: { file: file.path, line: document.line },
    fields,
  };
}

/**
 * Columns and cells that the tables of many kinds share (`kubectl get`).
 */

import { ageOf } from '../../base/duration.ts';
import type { KubeObject } from '../../base/object.ts';
import type { TableColumn } from '../kind.ts';

/** A column of text that is always shown. */
export function column(name: string, description: string, type: TableColumn['type'] = 'string'): TableColumn {
  return { name, type, format: '', description, priority: 0 };
}

/** A column of text that `-o wide` adds. */
export function wideColumn(name: string, description: string, type: TableColumn['type'] = 'string'): TableColumn {
  return { ...column(name, description, type), priority: 1 };
}

export const NAME_COLUMN: TableColumn = {
  ...column('Name', 'The name, unique within the namespace (or the cluster) and fixed for life.'),
  format: 'name',
};

export const AGE_COLUMN = column('Age', 'How long ago the object was created.');
export const CREATED_AT_COLUMN = column('Created At', 'When the object was created.');

export const nameOf = (object: Readonly<KubeObject>) => object.metadata?.name ?? '';
export const age = (object: Readonly<KubeObject>, now: number) => ageOf(object.metadata?.creationTimestamp, now);
export const orNone = (text: string | undefined) => text || '<none>';

/** `a=1,b=2` in the order of keys, `<none>` for none. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const keys = Object.keys(labels ?? {}).sort();
  return orNone(keys.map((key) => `${key}=${labels![key]}`).join(','));
}

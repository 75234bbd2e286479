/**
 * Tables and partial metadata (`meta.k8s.io` Table, PartialObjectMetadata): how objects are shown to clients that asked for less than all.
 */

import type { KubeObject, ListMeta } from '../../base/object.ts';
import type { Kind } from '../../kinds/kind.ts';
import { LAST_APPLIED_ANNOTATION } from '../../merge/last-applied.ts';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface Table {
  kind: 'Table';
  apiVersion: string;
  metadata: ListMeta;
  columnDefinitions: readonly object[] | null;
  rows: readonly object[];
}

/**
 * Metadata is for telling objects apart. A Secret's last applied manifest holds its values in plain text and would travel with every
 * `kubectl get secrets`: it is shown only to those who read the object itself.
 */
export function partialMetadata({ resource }: Kind, object: Readonly<KubeObject>, metaVersion: string): KubeObject {
  const { metadata } = object;
  const annotations = metadata?.annotations;
  const isTelling = resource.group === '' && resource.plural === 'secrets' && annotations?.[LAST_APPLIED_ANNOTATION];
  const { [LAST_APPLIED_ANNOTATION]: _told, ...rest } = annotations ?? {};
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: `meta.k8s.io/${metaVersion}`,
    metadata: isTelling ? { ...metadata, annotations: rest } : metadata,
  };
}

export function rowOf(
  kind: Kind,
  object: Readonly<KubeObject>,
  include: IncludeObject,
  metaVersion: string,
  now: number,
): object {
  const conditions = kind.table.conditions?.(object);
  const shown =
    include === 'Object' ? object : include === 'Metadata' ? partialMetadata(kind, object, metaVersion) : undefined;
  return {
    cells: kind.table.cells(object, now),
    ...(conditions?.length ? { conditions } : {}),
    ...(shown ? { object: shown } : {}),
  };
}

export const columnsOf = ({ table }: Kind): readonly object[] =>
  table.columns.map(({ name, type, format, description, priority }) => ({
    name,
    type,
    format: format ?? '',
    description,
    priority,
  }));

export interface TableOptions {
  metaVersion: string;
  include: IncludeObject;
  now: number;
  /** Later events of a watch leave the columns out. */
  columns: boolean;
}

export function renderTable(
  kind: Kind,
  objects: readonly Readonly<KubeObject>[],
  metadata: ListMeta,
  options: TableOptions,
): Table {
  const { metaVersion, include, now, columns } = options;
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${metaVersion}`,
    metadata,
    columnDefinitions: columns ? columnsOf(kind) : null,
    rows: objects.map((object) => rowOf(kind, object, include, metaVersion, now)),
  };
}

/**
 * Tables and partial metadata (`meta.k8s.io` Table, PartialObjectMetadata): how objects are shown to clients that asked for less than all.
 */

import type { KubeObject, ListMeta } from '../../base/object.ts';
import type { Kind } from '../../kinds/kind.ts';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface Table {
  kind: 'Table';
  apiVersion: string;
  metadata: ListMeta;
  columnDefinitions: readonly object[] | null;
  rows: readonly object[];
}

export function partialMetadata(object: Readonly<KubeObject>, metaVersion: string): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${metaVersion}`, metadata: object.metadata };
}

function rowOf(
  kind: Kind,
  object: Readonly<KubeObject>,
  include: IncludeObject,
  metaVersion: string,
  now: number,
): object {
  const conditions = kind.table.conditions?.(object);
  const shown =
    include === 'Object' ? object : include === 'Metadata' ? partialMetadata(object, metaVersion) : undefined;
  return {
    cells: kind.table.cells(object, now),
    ...(conditions?.length ? { conditions } : {}),
    ...(shown ? { object: shown } : {}),
  };
}

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
    columnDefinitions: columns
      ? kind.table.columns.map(({ name, type, format, description, priority }) => ({
          name,
          type,
          format: format ?? '',
          description,
          priority,
        }))
      : null,
    rows: objects.map((object) => rowOf(kind, object, include, metaVersion, now)),
  };
}

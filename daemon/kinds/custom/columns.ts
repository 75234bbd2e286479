/**
 * The table of a custom kind: its own columns, or the age (`apiextensions-apiserver/pkg/registry/customresource/tableconvertor`).
 */

import { ageOf } from '../../base/duration.ts';
import { canonicalJson } from '../../base/json.ts';
import type { KubeObject } from '../../base/object.ts';
import { parseTimestamp } from '../../cel/time.ts';
import { AGE_COLUMN, age, NAME_COLUMN, nameOf } from '../common/table.ts';
import type { TableColumn, TableDefinition } from '../kind.ts';
import type { CustomResourceColumnDefinition } from '../types.generated.ts';
import { findValues, parseJsonPath } from './json-path.ts';

type Cell = string | number | boolean | null;

export function customTable(
  columns: readonly CustomResourceColumnDefinition[] | undefined,
): TableDefinition<KubeObject> {
  if (!columns?.length)
    return {
      columns: [NAME_COLUMN, { ...AGE_COLUMN, type: 'date' }],
      cells: (object, now) => [nameOf(object), age(object, now)],
    };
  const read = columns.map(({ jsonPath, type }) => {
    const steps = parseJsonPath(jsonPath) ?? [];
    return (object: Readonly<KubeObject>, now: number): Cell => {
      const [value] = findValues(steps, object);
      return value === undefined || value === null ? null : cellOf(type, value, now);
    };
  });
  return {
    columns: [NAME_COLUMN, ...columns.map(describe)],
    cells: (object, now) => [nameOf(object), ...read.map((cell) => cell(object, now))],
  };
}

function describe({
  name,
  type,
  format,
  description,
  priority,
  jsonPath,
}: CustomResourceColumnDefinition): TableColumn {
  return {
    name,
    type: type as TableColumn['type'],
    ...(format ? { format } : {}),
    description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority: priority ?? 0,
  };
}

function cellOf(type: string, value: unknown, now: number): Cell {
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? ageCell(value, now) : null;
    default:
      return typeof value === 'object' ? canonicalJson(value) : String(value);
  }
}

/** No time at all is not known; a time in another form than RFC 3339's is none. */
function ageCell(text: string, now: number): string {
  if (text === '') return '<unknown>';
  return parseTimestamp(text) === undefined ? '<invalid>' : ageOf(text, now);
}

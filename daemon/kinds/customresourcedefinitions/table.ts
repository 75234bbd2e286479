/**
 * The table of CustomResourceDefinitions.
 */

import { CREATED_AT_COLUMN, NAME_COLUMN, nameOf } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { CustomResourceDefinition } from '../types.generated.ts';

export const table: TableDefinition<CustomResourceDefinition> = {
  columns: [NAME_COLUMN, { ...CREATED_AT_COLUMN, type: 'date' }],
  cells: (object) => [nameOf(object), object.metadata?.creationTimestamp ?? ''],
};

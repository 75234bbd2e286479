/**
 * The table of Roles.
 */

import { CREATED_AT_COLUMN, NAME_COLUMN, nameOf } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { Role } from '../types.generated.ts';

export const table: TableDefinition<Role> = {
  columns: [NAME_COLUMN, { ...CREATED_AT_COLUMN, type: 'date' }],
  cells: (object) => [nameOf(object), object.metadata?.creationTimestamp ?? null],
};

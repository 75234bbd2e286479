/**
 * The table of LimitRanges: the one of kinds that upstream has no columns for.
 */

import { CREATED_AT_COLUMN, NAME_COLUMN, nameOf } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { LimitRange } from '../types.generated.ts';

export const table: TableDefinition<LimitRange> = {
  columns: [NAME_COLUMN, { ...CREATED_AT_COLUMN, type: 'date' }],
  cells: (object) => [nameOf(object), object.metadata?.creationTimestamp ?? ''],
};

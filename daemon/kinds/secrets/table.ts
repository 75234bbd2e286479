/**
 * The table of Secrets: never a value.
 */

import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { Secret } from '../types.generated.ts';

export const table: TableDefinition<Secret> = {
  columns: [
    NAME_COLUMN,
    column('Type', 'What the Secret is for, which says what keys it must hold.'),
    column('Data', 'How many keys there are.'),
    AGE_COLUMN,
  ],
  cells: (object, now) => [nameOf(object), object.type ?? '', Object.keys(object.data ?? {}).length, age(object, now)],
};

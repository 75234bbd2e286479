/**
 * The table of PriorityClasses.
 */

import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { PriorityClass } from '../types.generated.ts';

export const table: TableDefinition<PriorityClass> = {
  columns: [
    NAME_COLUMN,
    column('Value', 'The priority; higher goes first.', 'integer'),
    column('Global-Default', 'Whether pods without a class get this one.', 'boolean'),
    AGE_COLUMN,
    column('PreemptionPolicy', 'Whether its pods may push out others of lower priority.'),
  ],
  cells: (object, now) => [
    nameOf(object),
    object.value ?? 0,
    object.globalDefault ?? false,
    age(object, now),
    object.preemptionPolicy ?? '',
  ],
};

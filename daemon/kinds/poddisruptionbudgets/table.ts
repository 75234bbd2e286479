/**
 * The table of PodDisruptionBudgets.
 */

import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { PodDisruptionBudget } from '../types.generated.ts';

export const table: TableDefinition<PodDisruptionBudget> = {
  columns: [
    NAME_COLUMN,
    column('Min Available', 'How many must stay available, as a number or a percentage.'),
    column('Max Unavailable', 'How many may be missing, as a number or a percentage.'),
    column('Allowed Disruptions', 'How many may be evicted now.', 'integer'),
    AGE_COLUMN,
  ],
  cells: (object, now) => [
    nameOf(object),
    String(object.spec?.minAvailable ?? 'N/A'),
    String(object.spec?.maxUnavailable ?? 'N/A'),
    object.status?.disruptionsAllowed ?? 0,
    age(object, now),
  ],
};

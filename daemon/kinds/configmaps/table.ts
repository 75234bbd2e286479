/**
 * The table of ConfigMaps.
 */

import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { ConfigMap } from '../types.generated.ts';

export const table: TableDefinition<ConfigMap> = {
  columns: [NAME_COLUMN, column('Data', 'How many keys there are.'), AGE_COLUMN],
  cells: (object, now) => [
    nameOf(object),
    Object.keys(object.data ?? {}).length + Object.keys(object.binaryData ?? {}).length,
    age(object, now),
  ],
};

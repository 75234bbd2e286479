/**
 * The table of Namespaces.
 */

import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { Namespace } from '../types.generated.ts';

export const table: TableDefinition<Namespace> = {
  columns: [NAME_COLUMN, column('Status', 'Whether the namespace is in use or being emptied.'), AGE_COLUMN],
  cells: (object, now) => [nameOf(object), object.status?.phase ?? '', age(object, now)],
};

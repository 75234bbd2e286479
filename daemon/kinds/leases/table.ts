/**
 * The table of Leases.
 */

import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { Lease } from '../types.generated.ts';

export const table: TableDefinition<Lease> = {
  columns: [NAME_COLUMN, column('Holder', 'Who holds the lease.'), AGE_COLUMN],
  cells: (object, now) => [nameOf(object), object.spec?.holderIdentity ?? '', age(object, now)],
};

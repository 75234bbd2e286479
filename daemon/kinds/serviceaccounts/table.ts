/**
 * The table of ServiceAccounts.
 */

import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { ServiceAccount } from '../types.generated.ts';

export const table: TableDefinition<ServiceAccount> = {
  columns: [NAME_COLUMN, column('Secrets', 'How many Secrets the account names.'), AGE_COLUMN],
  cells: (object, now) => [nameOf(object), object.secrets?.length ?? 0, age(object, now)],
};

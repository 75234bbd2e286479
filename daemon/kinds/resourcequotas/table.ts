/**
 * The table of ResourceQuotas.
 */

import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { ResourceQuota } from '../types.generated.ts';

export const table: TableDefinition<ResourceQuota> = {
  columns: [
    NAME_COLUMN,
    AGE_COLUMN,
    column('Request', 'What is used of what may be asked for.'),
    column('Limit', 'What is used of what limits may add up to.'),
  ],
  cells: (object, now) => [nameOf(object), age(object, now), used(object, false), used(object, true)],
};

/** `cpu: 100m/1, pods: 1/10` */
function used({ status }: Readonly<ResourceQuota>, limits: boolean): string {
  const names = Object.keys(status?.hard ?? {}).sort();
  return names
    .filter((name) => name.startsWith('limits') === limits)
    .map((name) => `${name}: ${status?.used?.[name] ?? '0'}/${status?.hard?.[name]}`)
    .join(', ');
}

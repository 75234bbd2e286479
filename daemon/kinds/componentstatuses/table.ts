/** How `kubectl get componentstatuses` shows parts of the control plane. */

import { column, NAME_COLUMN, nameOf } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { ComponentStatus } from '../types.generated.ts';

export const table: TableDefinition<ComponentStatus> = {
  columns: [
    NAME_COLUMN,
    column('Status', 'Whether it is healthy.'),
    column('Message', 'What it says of itself.'),
    column('Error', 'What went wrong while it was asked.'),
  ],
  cells(object) {
    const health = object.conditions?.find(({ type }) => type === 'Healthy');
    const status = health ? (health.status === 'True' ? 'Healthy' : 'Unhealthy') : 'Unknown';
    return [nameOf(object), status, health?.message ?? '', health?.error ?? ''];
  },
};

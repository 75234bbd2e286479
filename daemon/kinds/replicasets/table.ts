/**
 * The table of ReplicaSets.
 */

import { formatLabelSelector } from '../../base/selector.ts';
import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf, wideColumn } from '../common/table.ts';
import { containerCells } from '../common/workload.ts';
import type { TableDefinition } from '../kind.ts';
import type { ReplicaSet } from '../types.generated.ts';

export const table: TableDefinition<ReplicaSet> = {
  columns: [
    NAME_COLUMN,
    column('Desired', 'How many Pods are asked for.', 'integer'),
    column('Current', 'How many Pods there are.', 'integer'),
    column('Ready', 'How many Pods are ready.', 'integer'),
    AGE_COLUMN,
    wideColumn('Containers', 'The names of the containers in the template.'),
    wideColumn('Images', 'The images of the containers in the template.'),
    wideColumn('Selector', 'Which Pods belong to the ReplicaSet.'),
  ],
  cells: (object, now) => [
    nameOf(object),
    object.spec?.replicas ?? 0,
    object.status?.replicas ?? 0,
    object.status?.readyReplicas ?? 0,
    age(object, now),
    ...containerCells(object.spec?.template),
    formatLabelSelector(object.spec?.selector),
  ],
};

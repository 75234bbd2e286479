/**
 * The table of Deployments.
 */

import { formatLabelSelector } from '../../base/selector.ts';
import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf, wideColumn } from '../common/table.ts';
import { containerCells } from '../common/workload.ts';
import type { TableDefinition } from '../kind.ts';
import type { Deployment } from '../types.generated.ts';

export const table: TableDefinition<Deployment> = {
  columns: [
    NAME_COLUMN,
    column('Ready', 'How many Pods are ready, of how many that are asked for.'),
    column('Up-to-date', 'How many Pods have the newest template.'),
    column('Available', 'How many Pods have been ready for long enough.'),
    AGE_COLUMN,
    wideColumn('Containers', 'The names of the containers in the template.'),
    wideColumn('Images', 'The images of the containers in the template.'),
    wideColumn('Selector', 'Which Pods belong to the Deployment.'),
  ],
  cells: (object, now) => [
    nameOf(object),
    `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`,
    object.status?.updatedReplicas ?? 0,
    object.status?.availableReplicas ?? 0,
    age(object, now),
    ...containerCells(object.spec?.template),
    formatLabelSelector(object.spec?.selector),
  ],
};

/**
 * The table of PodTemplates.
 */

import { column, formatLabels, NAME_COLUMN, nameOf } from '../common/table.ts';
import { containerCells } from '../common/workload.ts';
import type { TableDefinition } from '../kind.ts';
import type { PodTemplate } from '../types.generated.ts';

export const table: TableDefinition<PodTemplate> = {
  columns: [
    NAME_COLUMN,
    column('Containers', 'The names of the containers in the template.'),
    column('Images', 'The images of the containers in the template.'),
    column('Pod Labels', 'The labels of the Pods that are made of the template.'),
  ],
  cells: (object) => [
    nameOf(object),
    ...containerCells(object.template),
    formatLabels(object.template?.metadata?.labels),
  ],
};

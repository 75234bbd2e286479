/**
 * The table of FlowSchemas.
 */

import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf, orNone } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { FlowSchema } from '../types.generated.ts';

export const table: TableDefinition<FlowSchema> = {
  columns: [
    NAME_COLUMN,
    column('PriorityLevel', 'The priority level that serves these requests.'),
    column('MatchingPrecedence', 'Of the schemas that match a request, the one with the lowest number is taken.'),
    column('DistinguisherMethod', 'What tells the flows of this schema apart.'),
    AGE_COLUMN,
    column('MissingPL', 'Whether the priority level it names is missing.'),
  ],
  cells: (object, now) => {
    const { spec, status } = object;
    return [
      nameOf(object),
      spec?.priorityLevelConfiguration.name ?? '',
      spec?.matchingPrecedence ?? 0,
      orNone(spec?.distinguisherMethod?.type),
      age(object, now),
      status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
    ];
  },
};

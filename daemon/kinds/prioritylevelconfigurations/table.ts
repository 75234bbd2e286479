/**
 * The table of PriorityLevelConfigurations.
 */

import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { PriorityLevelConfiguration } from '../types.generated.ts';

const NONE = '<none>';

export const table: TableDefinition<PriorityLevelConfiguration> = {
  columns: [
    NAME_COLUMN,
    column('Type', 'Whether requests of this level are limited.'),
    column('NominalConcurrencyShares', "Its share of the server's seats."),
    column('Queues', 'How many queues there are.'),
    column('HandSize', 'How many queues one flow is dealt.'),
    column('QueueLengthLimit', 'How many requests wait in one queue.'),
    AGE_COLUMN,
  ],
  cells: (object, now) => {
    const limited = object.spec?.limited;
    const queuing = limited?.limitResponse?.queuing;
    return [
      nameOf(object),
      object.spec?.type ?? '',
      limited?.nominalConcurrencyShares ?? NONE,
      queuing?.queues ?? NONE,
      queuing?.handSize ?? NONE,
      queuing?.queueLengthLimit ?? NONE,
      age(object, now),
    ];
  },
};

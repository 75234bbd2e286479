/**
 * The table of Events of `events.k8s.io/v1`: that of `events/`.
 */

import { factsOfGroup } from '../events/facts.ts';
import { EVENT_COLUMNS, eventCells } from '../events/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { EventEvents } from '../types.generated.ts';

export const table: TableDefinition<EventEvents> = {
  columns: EVENT_COLUMNS,
  cells: (event, now) => eventCells(factsOfGroup(event), now),
};

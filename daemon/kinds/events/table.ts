/**
 * The table of Events, of both shapes.
 */

import { ageOf } from '../../base/duration.ts';
import { column, NAME_COLUMN, wideColumn } from '../common/table.ts';
import type { TableColumn, TableDefinition } from '../kind.ts';
import type { Event } from '../types.generated.ts';
import { type EventFacts, factsOfCore } from './facts.ts';

export const EVENT_COLUMNS: readonly TableColumn[] = [
  column('Last Seen', 'How long ago it happened last.'),
  column('Type', 'Normal or Warning.'),
  column('Reason', 'What happened, in one word.'),
  column('Object', 'What it happened to.'),
  wideColumn('Subobject', 'The part of the object that it happened to.'),
  wideColumn('Source', 'Who tells it.'),
  column('Message', 'What happened, in words.'),
  wideColumn('First Seen', 'How long ago it happened first.'),
  wideColumn('Count', 'How often it has happened.'),
  { ...NAME_COLUMN, priority: 1 },
];

export function eventCells(facts: EventFacts, now: number): (string | number)[] {
  const first = ageOf(facts.firstTimestamp ?? facts.eventTime, now);
  const last = facts.series
    ? ageOf(facts.series.lastObservedTime, now)
    : facts.lastTimestamp
      ? ageOf(facts.lastTimestamp, now)
      : first;
  // A series begins with an event that it does not count.
  const count = facts.series ? (facts.series.count ?? 0) + 1 : facts.count || 1;
  const { kind = '', name, fieldPath = '' } = facts.involvedObject;
  const component = facts.source.component || facts.reportingController;
  const host = facts.source.host || facts.reportingInstance;
  return [
    last,
    facts.type,
    facts.reason,
    name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase(),
    fieldPath,
    host ? `${component}, ${host}` : component,
    facts.message.trim(),
    first,
    count,
    facts.metadata.name ?? '',
  ];
}

export const table: TableDefinition<Event> = {
  columns: EVENT_COLUMNS,
  cells: (event, now) => eventCells(factsOfCore(event), now),
};

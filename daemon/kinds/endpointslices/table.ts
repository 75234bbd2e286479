/**
 * The table of EndpointSlices.
 */

import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { EndpointSlice } from '../types.generated.ts';

const SHOWN_MAX = 3;

function firstOf(texts: readonly string[]): string {
  const shown = texts.slice(0, SHOWN_MAX).join(',');
  if (texts.length > SHOWN_MAX) return `${shown} + ${texts.length - SHOWN_MAX} more...`;
  return shown || '<unset>';
}

export const table: TableDefinition<EndpointSlice> = {
  columns: [
    NAME_COLUMN,
    column('AddressType', 'What kind of addresses the slice holds.'),
    column('Ports', 'The first of the ports.'),
    column('Endpoints', 'The first of the addresses.'),
    AGE_COLUMN,
  ],
  cells: (object, now) => [
    nameOf(object),
    object.addressType,
    firstOf((object.ports ?? []).map(({ port, name }) => (port ?? name ?? '*').toString())),
    firstOf((object.endpoints ?? []).flatMap(({ addresses }) => addresses ?? [])),
    age(object, now),
  ],
};

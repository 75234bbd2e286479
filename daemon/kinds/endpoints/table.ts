/**
 * The table of Endpoints.
 */

import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { EndpointSubset, Endpoints } from '../types.generated.ts';

const SHOWN_MAX = 3;

/** An address as a host is written before a port. */
const bracketed = (ip: string) => (ip.includes(':') ? `[${ip}]` : ip);

function* pairs({ addresses = [], ports }: EndpointSubset): Generator<string> {
  if (!ports?.length) for (const { ip } of addresses) yield ip;
  for (const { port } of ports ?? []) for (const { ip } of addresses) yield `${bracketed(ip)}:${port}`;
}

function formatSubsets({ subsets }: Readonly<Endpoints>): string {
  if (!subsets?.length) return '<none>';
  const all = subsets.flatMap((subset) => [...pairs(subset)]);
  const shown = all.slice(0, SHOWN_MAX).join(',');
  return all.length > SHOWN_MAX ? `${shown} + ${all.length - SHOWN_MAX} more...` : shown;
}

export const table: TableDefinition<Endpoints> = {
  columns: [NAME_COLUMN, column('Endpoints', 'The first addresses and ports that are ready.'), AGE_COLUMN],
  cells: (object, now) => [nameOf(object), formatSubsets(object), age(object, now)],
};

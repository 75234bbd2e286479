/**
 * The table of ControllerRevisions.
 */

import { controllerOf } from '../../base/object.ts';
import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import { parseApiVersion } from '../resource.ts';
import type { ControllerRevision } from '../types.generated.ts';

function formatController(object: Readonly<ControllerRevision>): string {
  const owner = controllerOf(object);
  if (!owner) return '<none>';
  const { group } = parseApiVersion(owner.apiVersion);
  return `${owner.kind.toLowerCase()}${group ? `.${group}` : ''}/${owner.name}`;
}

export const table: TableDefinition<ControllerRevision> = {
  columns: [
    NAME_COLUMN,
    column('Controller', 'Which object the revision is of.'),
    column('Revision', 'The number of the revision; a later one is greater.'),
    AGE_COLUMN,
  ],
  cells: (object, now) => [nameOf(object), formatController(object), object.revision, age(object, now)],
};

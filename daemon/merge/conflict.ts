/**
 * Conflicts of a server-side apply, worded as the API server words them: kubectl prints the message verbatim and
 * recognises the causes.
 */

import { StatusError } from '../base/status.ts';
import { eachPath, type FieldSet, intersection, isEmptySet, setOf } from './field-set.ts';
import { type Manager, managerId } from './managers.ts';
import { displayPath } from './path-element.ts';

export interface Conflict {
  readonly manager: Manager;
  /** Steps of the field (see path-element.ts). */
  readonly path: readonly string[];
}

/** The conflicts with each manager, in a stable order. */
export function conflictsOf(sets: ReadonlyMap<Manager, FieldSet>): Conflict[] {
  const managers = [...sets.keys()].sort((a, b) => (managerId(a) < managerId(b) ? -1 : 1));
  const conflicts: Conflict[] = [];
  for (const manager of managers) eachPath(sets.get(manager)!, (path) => conflicts.push({ manager, path: [...path] }));
  return conflicts;
}

/** `"kubectl" using apps/v1`, `"controller" with subresource "status" using v1`, `"applier"`. */
function describeManager({ name, operation, apiVersion, subresource }: Manager): string {
  const text = subresource
    ? `${JSON.stringify(name)} with subresource ${JSON.stringify(subresource)}`
    : JSON.stringify(name);
  return operation === 'Update' ? `${text} using ${apiVersion}` : text;
}

function conflictMessage(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (conflicts.length === 1 && first) {
    return `Apply failed with 1 conflict: conflict with ${describeManager(first.manager)}: ${displayPath(first.path)}`;
  }
  const lines: string[] = [];
  let current: Manager | undefined;
  for (const { manager, path } of conflicts) {
    if (manager !== current) lines.push(`conflicts with ${describeManager(manager)}:`);
    current = manager;
    lines.push(`- ${displayPath(path)}`);
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

/** An apply that would take fields from other managers; carries them so that kubectl's hand-over can be judged. */
export class ApplyConflictError extends StatusError {
  readonly conflicts: readonly Conflict[];

  constructor(conflicts: readonly Conflict[]) {
    super(409, 'Conflict', conflictMessage(conflicts), {
      causes: conflicts.map(({ manager, path }) => ({
        reason: 'FieldManagerConflict',
        message: `conflict with ${describeManager(manager)}`,
        field: displayPath(path),
      })),
    });
    this.conflicts = conflicts;
  }
}

/** The conflicts whose fields are not in `allowed`. */
export function conflictsOutside(conflicts: readonly Conflict[], allowed: FieldSet): Conflict[] {
  return conflicts.filter(({ path }) => isEmptySet(intersection(setOf(path), allowed)));
}

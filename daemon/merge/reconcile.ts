/**
 * Carries a manager's fields over a change of schema: of a list or map that became atomic, those who owned parts own
 * the whole (the first half of smd's ReconcileFieldSetWithSchema).
 *
 * The other half, giving the owner of a formerly atomic value all its present parts, is left out on purpose: a set cannot
 * tell such an owner from one who merely created an empty map (`resources: {}`), who would come to own what others
 * put into it, and conflict with them.
 */

import { EMPTY_SET, type FieldSet } from './field-set.ts';
import { DEDUCED, type MergeType } from './merge-type.ts';

function reconcileChild(type: MergeType, node: FieldSet): FieldSet {
  const parts = Object.keys(node).filter((key) => key !== '.');
  if (type === DEDUCED || parts.length === 0) return node;
  const inList = parts.some((part) => !part.startsWith('f:'));
  const atomic = inList ? type.list && !type.list.associative : type.map?.atomic;
  return atomic ? EMPTY_SET : reconcileFields(type, node);
}

/** The fields as they are to be read by today's schema; the argument itself when nothing changed. */
export function reconcileFields(type: MergeType, fields: FieldSet): FieldSet {
  let out: { [element: string]: FieldSet } | undefined;
  for (const element in fields) {
    if (element === '.') continue;
    const isField = element.startsWith('f:');
    const below = isField ? (type.map?.field(element.slice(2)) ?? type.map?.element) : type.list?.item;
    const child = fields[element]!;
    const next = below ? reconcileChild(below, child) : child;
    if (next === child) continue;
    out ??= { ...fields };
    out[element] = next;
  }
  return out ?? fields;
}

/**
 * What changed between two versions of an object, as a list for people: path, old and new value. Pure.
 * Items of lists are named by their keys where the kind has such; a part that came or went is one change, not one for each of its fields. What has no
 * type at hand is compared by `base/field-changes.ts`.
 */

import { deepEqual } from '../base/json.ts';
import { indexItems } from './compare.ts';
import { atomOf, DEDUCED, type MergeType } from './merge-type.ts';
import { displayElement } from './path-element.ts';

export interface TypedChange {
  /** `spec.template.spec.containers[name="web"].image` */
  readonly path: string;
  /** Undefined: it was not there. */
  readonly before: unknown;
  /** Undefined: it is gone. */
  readonly after: unknown;
}

type Json = Readonly<Record<string, unknown>>;

export function typedChanges(type: MergeType, before: Json, after: Json): TypedChange[] {
  const found: TypedChange[] = [];
  compare(type, before, after, '', found);
  return found;
}

function compare(type: MergeType, before: unknown, after: unknown, path: string, found: TypedChange[]): void {
  if (before === after || deepEqual(before, after)) return;
  const isWhole = before === undefined || after === undefined || before === null || after === null;
  const atom = isWhole ? 'scalar' : atomOf(type, after);
  if (atom === 'map' && atomOf(type, before) === 'map') compareMaps(type, before as Json, after as Json, path, found);
  else if (atom !== 'list' || !compareLists(type, before, after, path, found)) found.push({ path, before, after });
}

function compareMaps(type: MergeType, before: Json, after: Json, path: string, found: TypedChange[]): void {
  for (const name of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
    const member = type.map?.field(name) ?? type.map?.element ?? DEDUCED;
    const step = /^[A-Za-z0-9_-]+$/.test(name) ? (path === '' ? name : `.${name}`) : `[${JSON.stringify(name)}]`;
    const own = (of: Json) => (Object.hasOwn(of, name) ? of[name] : undefined);
    compare(member, own(before), own(after), `${path}${step}`, found);
  }
}

/** False when the items have no names: then the list is one value. */
function compareLists(type: MergeType, before: unknown, after: unknown, path: string, found: TypedChange[]): boolean {
  const { list } = type;
  if (!list?.associative || !Array.isArray(before) || !Array.isArray(after)) return false;
  const old = indexItems(list, before);
  const now = indexItems(list, after);
  if (!old || !now || [...old.values(), ...now.values()].some((items) => items.length > 1)) return false;
  const count = found.length;
  for (const element of new Set([...old.keys(), ...now.keys()]))
    compare(list.item, old.get(element)?.[0], now.get(element)?.[0], `${path}${displayElement(element)}`, found);
  return found.length > count; // only their order changed: that is a change too
}

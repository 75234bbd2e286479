/**
 * The prune guard: a commit that would remove a large part of what is in force is a mistake more often than a wish. Pure.
 * An emptied tree, or more than the configured share of the objects, needs a confirmation: a trailer in the commit, or `reflet confirm`.
 */

import { isObject } from '../../base/json.ts';
import type { JsonObject } from '../../base/object.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { ObjectChanges } from '../desired-state.ts';
import { describeObject } from '../manifest-file.ts';
import type { PushProblem } from '../problem.ts';

/** In a manifest: `disabled` keeps the object when its manifest goes. */
const PRUNE = 'reflet.dev/prune';
/** The commit's trailer that confirms: `Reflet-Confirm: prune`. */
export const CONFIRM_TRAILER = { key: 'reflet-confirm', value: 'prune' } as const;

const NAMED_MAX = 5;

/** Whether the object stays, without git, when its manifest goes: as its manifest or the live object says. */
export function isKept(object: Readonly<JsonObject> | undefined): boolean {
  const { metadata } = object ?? {};
  const annotations = isObject(metadata) && isObject(metadata['annotations']) ? metadata['annotations'] : {};
  return annotations[PRUNE] === 'disabled';
}

/** `present`: how many objects are in force. */
export function judgeRemovals(
  changes: ObjectChanges,
  present: number,
  { maxShare, minObjects }: Configuration['prune'],
): PushProblem | undefined {
  const going = changes.removed.filter(({ document }) => !isKept(document.object));
  const isNew = ({ before }: ObjectChanges['changed'][number]): boolean => before === undefined;
  const isEmptied = going.length > 0 && going.length === present && !changes.changed.some(isNew);
  if (!isEmptied && (going.length < minObjects || going.length <= maxShare * present)) return undefined;
  const named = going.slice(0, NAMED_MAX).map(({ names }) => describeObject(names));
  const more = going.length > NAMED_MAX ? `, … and ${going.length - NAMED_MAX} more` : '';
  return {
    file: '',
    message: `this would delete ${isEmptied ? 'all' : `${going.length} of`} ${present} objects: ${named.join(', ')}${more}`,
    expected: 'if that is meant: the trailer "Reflet-Confirm: prune" in the commit, or `reflet confirm` with its id',
  };
}

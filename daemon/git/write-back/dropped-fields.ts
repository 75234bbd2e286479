/**
 * Fields that a person's server-side apply no longer names. Git owns them too (its file says what the person said before), so the merge kept them;
 * but the person means them gone, from the file as well. Pure.
 */

import type { PlannedWrite } from '../../api/rest/persist.ts';
import type { JsonObject, KubeObject } from '../../base/object.ts';
import { GIT_MANAGER } from '../../kinds/common/git-ownership.ts';
import { difference, EMPTY_SET, type FieldSet, isEmptySet, union } from '../../merge/field-set.ts';
import type { MergeType } from '../../merge/merge-type.ts';
import { dropNulls, removeFields } from '../../merge/typed.ts';

/** The object as the apply means it, or undefined when it drops nothing that git alone still holds. */
export function withoutDroppedFields(type: MergeType, write: PlannedWrite): KubeObject | undefined {
  const { verb, old, next, fieldManager, subresource } = write;
  if (verb !== 'apply' || !old || !next || subresource !== '') return undefined;
  const before = appliedBy(old, fieldManager);
  if (!before) return undefined;
  const given = difference(before, appliedBy(next, fieldManager) ?? EMPTY_SET);
  const others = (next.metadata?.managedFields ?? [])
    .filter(({ manager, operation }) => manager !== GIT_MANAGER && !(manager === fieldManager && operation === 'Apply'))
    .reduce<FieldSet>((all, { fieldsV1 }) => union(all, (fieldsV1 ?? EMPTY_SET) as FieldSet), EMPTY_SET);
  const dropped = difference(given, others);
  if (isEmptySet(dropped)) return undefined;
  return dropNulls(removeFields(type, next as JsonObject, dropped)) as KubeObject;
}

function appliedBy(object: Readonly<KubeObject>, name: string): FieldSet | undefined {
  const entry = object.metadata?.managedFields?.find(
    ({ manager, operation, subresource }) => manager === name && operation === 'Apply' && !subresource,
  );
  return entry?.fieldsV1 as FieldSet | undefined;
}

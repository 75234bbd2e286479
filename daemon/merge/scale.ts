/**
 * Managers of `spec.replicas` across the scale subresource: a Scale object shows the owners of its one field as owners of
 * the Scale's `.spec.replicas`, and a write to /scale is recorded on the scaled object under `subresource: scale`
 * (upstream's ScaleHandler).
 */

import type { ManagedFieldsEntry } from '../base/object.ts';
import { difference, type FieldSet, intersection, isEmptySet, setOf, union } from './field-set.ts';
import { type Manager, managerId, readManagers, writeManagers } from './managers.ts';

const SCALE_API_VERSION = 'autoscaling/v1';
const SCALE_REPLICAS = setOf(['f:spec', 'f:replicas']);

export interface ScaleMapping {
  /** Of the scaled object: `apps/v1`. */
  readonly apiVersion: string;
  /** Where the scaled object keeps its replicas: `['spec', 'replicas']`. */
  readonly replicasPath: readonly string[];
}

const parentPath = ({ replicasPath }: ScaleMapping): FieldSet => setOf(replicasPath.map((name) => `f:${name}`));

/** The managedFields of the Scale object, out of those of the scaled object. */
export function managersOfScale(
  mapping: ScaleMapping,
  parent: readonly ManagedFieldsEntry[] | undefined,
): ManagedFieldsEntry[] | undefined {
  const owned = parentPath(mapping);
  const out = new Map<string, Manager>();
  for (const manager of readManagers(parent, true)?.values() ?? []) {
    if (isEmptySet(intersection(manager.fields, owned))) continue;
    const shown: Manager = {
      ...manager,
      apiVersion: SCALE_API_VERSION,
      fields: SCALE_REPLICAS,
      entry: undefined,
    };
    out.set(managerId(shown), shown);
  }
  return writeManagers(out);
}

/**
 * The managedFields of the scaled object after a write to its /scale: those of the Scale object after the write, put
 * back. Who no longer owns the replicas there loses them here; who does keeps its other fields. Entries that a write to
 * /scale makes have no time, as upstream.
 */
export function managersAfterScale(
  mapping: ScaleMapping,
  parent: readonly ManagedFieldsEntry[] | undefined,
  scale: readonly ManagedFieldsEntry[] | undefined,
): ManagedFieldsEntry[] | undefined {
  const owned = parentPath(mapping);
  // Upstream compares with the version too, which only Update entries have, and so tells those of the scaled object from themselves.
  const identityOf = (manager: Manager) => managerId({ ...manager, apiVersion: '' });
  const owners = new Map<string, Manager>();
  for (const owner of readManagers(scale, false)?.values() ?? []) owners.set(identityOf(owner), owner);
  const out = new Map<string, Manager>();
  for (const [id, manager] of readManagers(parent, true) ?? new Map<string, Manager>()) {
    const had = !isEmptySet(intersection(manager.fields, owned));
    const keeps = had && owners.delete(identityOf(manager));
    const fields = keeps ? manager.fields : difference(manager.fields, owned);
    if (!isEmptySet(fields)) out.set(id, fields === manager.fields ? manager : { ...manager, fields });
  }
  for (const owner of owners.values()) {
    if (isEmptySet(owner.fields)) continue;
    const { apiVersion } = mapping;
    const recorded = { ...owner, apiVersion, fields: owned, time: undefined, entry: undefined };
    const id = managerId(recorded);
    const former = out.get(id);
    out.set(id, former ? { ...former, fields: union(former.fields, owned) } : recorded);
  }
  return writeManagers(out);
}

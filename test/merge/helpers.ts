/** What the merge tests share: the real schemas and small objects. */

import type { JsonObject, ManagedFieldsEntry } from '../../daemon/base/object.ts';
import { type ApplyResult, applyPatch } from '../../daemon/merge/apply.ts';
import { recordUpdate } from '../../daemon/merge/managed-fields.ts';
import { loadSchemas } from '../../daemon/schema/load.ts';

export const schemas = loadSchemas();

export const T0 = Date.parse('2026-01-01T00:00:00Z');

export function configMap(data: Record<string, unknown> | undefined, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    ...(data ? { data } : {}),
    metadata: { name: 'a', namespace: 'default', ...metadata },
  };
}

export function deployment(spec: JsonObject, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', namespace: 'default', ...metadata },
    spec,
  };
}

export interface ApplyOptions {
  force?: boolean;
  now?: number;
  subresource?: string;
}

/** Applies as `manager`; the kind is that of the patch. */
export function apply(
  live: JsonObject | undefined,
  patch: JsonObject,
  manager = 'm1',
  { force = false, now = T0, subresource }: ApplyOptions = {},
): ApplyResult {
  return applyPatch({
    live,
    patch,
    apiVersion: String((live ?? patch)['apiVersion']),
    kind: String((live ?? patch)['kind']),
    manager,
    force,
    now,
    schemas,
    subresource,
  });
}

/** An object as a server would store it: with a uid, and with what `recordUpdate` says. */
export function update(
  live: JsonObject | undefined,
  next: JsonObject,
  manager = 'editor',
  { now = T0, subresource }: ApplyOptions = {},
): JsonObject {
  const managedFields = recordUpdate({ live, next, manager, now, schemas, subresource });
  const { managedFields: _, ...metadata } = (next['metadata'] ?? {}) as JsonObject;
  return {
    ...next,
    metadata: { uid: 'u', ...metadata, ...(managedFields ? { managedFields } : {}) },
  };
}

export function managersOf(object: JsonObject): ManagedFieldsEntry[] {
  return ((object['metadata'] as JsonObject)['managedFields'] ?? []) as ManagedFieldsEntry[];
}

/** `manager/operation[/subresource]` → fieldsV1. */
export function ownership(object: JsonObject): Record<string, unknown> {
  return Object.fromEntries(
    managersOf(object).map((entry) => [
      [entry.manager, entry.operation, ...(entry.subresource ? [entry.subresource] : [])].join('/'),
      entry.fieldsV1,
    ]),
  );
}

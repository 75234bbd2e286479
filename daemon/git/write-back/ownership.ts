/**
 * Who owns what after a person's write became a commit: git's manager owns exactly what the manifest names, and no `Update` entry of another manager
 * keeps claiming those fields, so that a revert in git takes them back. `Apply` entries stay: who applies server-side sees their own fields. Pure.
 */

import type { JsonObject, KubeObject, ManagedFieldsEntry } from '../../base/object.ts';
import { GIT_MANAGER } from '../../kinds/common/git-ownership.ts';
import type { Kind } from '../../kinds/kind.ts';
import { apiVersionOf } from '../../kinds/resource.ts';
import { applyPatch } from '../../merge/apply.ts';
import { difference, type FieldSet, isEmptySet } from '../../merge/field-set.ts';
import { typeOfObject } from '../../merge/managed-fields.ts';
import { fieldSetOf, withDeclaredParents } from '../../merge/typed.ts';
import type { SchemaSet } from '../../schema/node.ts';
import { withoutServerFields } from './wanted-manifest.ts';

export interface TransferRequest {
  kind: Kind;
  /** What the API decided to store. */
  next: Readonly<KubeObject>;
  /** What the file says now; undefined when it no longer defines the object. */
  manifest: Readonly<JsonObject> | undefined;
  schemas: SchemaSet;
  /** Milliseconds since the epoch. */
  now: number;
}

/** The managedFields as after git's apply; the object's values are not touched. */
export function transferOwnership(request: TransferRequest): ManagedFieldsEntry[] | undefined {
  const { kind, next, manifest, schemas, now } = request;
  if (manifest) return afterApply({ kind, next, manifest, schemas, now });
  return next.metadata?.managedFields?.filter(({ manager }) => manager !== GIT_MANAGER);
}

function afterApply(request: TransferRequest & { manifest: Readonly<JsonObject> }) {
  const { kind, next, schemas, now } = request;
  const manifest = withoutServerFields(request.manifest);
  const metadata = manifest['metadata'] as JsonObject;
  if (next.metadata?.namespace) metadata['namespace'] = next.metadata.namespace;
  const { managedFields } = applyPatch({
    live: next as JsonObject,
    patch: manifest,
    apiVersion: apiVersionOf(kind.resource),
    kind: kind.resource.kind,
    manager: GIT_MANAGER,
    force: true,
    now,
    schemas,
  });
  const type = typeOfObject(schemas, manifest);
  const named = withDeclaredParents(type, fieldSetOf(type, manifest));
  return managedFields?.flatMap((entry) => {
    if (entry.operation !== 'Update' || entry.subresource === 'status' || entry.manager === GIT_MANAGER) return [entry];
    const fields = difference((entry.fieldsV1 ?? {}) as FieldSet, named);
    return isEmptySet(fields) ? [] : [{ ...entry, fieldsV1: fields }];
  });
}

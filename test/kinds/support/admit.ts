/**
 * Runs a kind's own functions over an object as a write does, without a server: structure, defaults, preparation, rules.
 */

import type { FieldError } from '../../../daemon/base/field.ts';
import { cloneJson, deepFreeze } from '../../../daemon/base/json.ts';
import type { JsonObject, KubeObject } from '../../../daemon/base/object.ts';
import {
  prepareMetadataForUpdate,
  validateMetadata,
  validateMetadataUpdate,
} from '../../../daemon/kinds/common/metadata.ts';
import type { Kind } from '../../../daemon/kinds/kind.ts';
import { createKindRegistry } from '../../../daemon/kinds/registry.ts';
import { loadSchemas } from '../../../daemon/schema/load.ts';
import { createStructuralChecker, type StructuralChecker } from '../../../daemon/schema/validate.ts';

const schemas = loadSchemas();
const checker: StructuralChecker = createStructuralChecker(schemas);
export const registry = createKindRegistry();

export interface Outcome {
  object: KubeObject;
  /** Type errors: the decoder's 400. */
  structural?: string;
  errors: FieldError[];
  unsupported: FieldError[];
  warnings: string[];
}

export function kindOf(group: string, version: string, name: string): Kind {
  const kind = registry.byKind(group, version, name);
  if (!kind) throw new Error(`${group}/${version} ${name} is not served`);
  return kind;
}

/** An object of `kind` as the decoder hands it on. */
function decode(kind: Kind, body: object): { object: KubeObject; error?: string } {
  const { group, version, kind: name } = kind.resource;
  const schema = schemas.ofKind(group, version, name);
  if (!schema) throw new Error(`no schema of ${name}`);
  const { object, error } = checker.check(cloneJson(body) as JsonObject, schema);
  return { object: object as KubeObject, error };
}

/** What a POST of `body` into `namespace` would make of it. */
export function create(kind: Kind, body: object, namespace = 'ns'): Outcome {
  const { object, error } = decode(kind, body);
  if (error) return { object, structural: error, errors: [], unsupported: [], warnings: [] };
  object.metadata ??= {};
  if (kind.resource.namespaced) object.metadata.namespace ??= namespace;
  kind.setDefaults(object);
  kind.prepareForCreate(object);
  if (!object.metadata.name && object.metadata.generateName) object.metadata.name = `${object.metadata.generateName}x`;
  deepFreeze(object);
  return {
    object,
    errors: [...validateMetadata(kind, object), ...kind.validate(object)],
    unsupported: kind.unsupported?.(object) ?? [],
    warnings: kind.warnings?.(object, undefined) ?? [],
  };
}

/** What a PUT of `body` over `old` would make of it, on the main resource or on `/status`. */
export function update(kind: Kind, body: object, old: KubeObject, subresource: '' | 'status' = ''): Outcome {
  const { object, error } = decode(kind, body);
  if (error) return { object, structural: error, errors: [], unsupported: [], warnings: [] };
  deepFreeze(old);
  object.metadata ??= {};
  object.metadata.resourceVersion ??= '1';
  if (kind.resource.namespaced) object.metadata.namespace ??= old.metadata?.namespace;
  kind.setDefaults(object);
  prepareMetadataForUpdate(object, old);
  if (subresource === 'status') kind.prepareForStatusUpdate?.(object, old);
  else kind.prepareForUpdate(object, old);
  deepFreeze(object);
  const own = subresource === 'status' ? kind.validateStatusUpdate?.(object, old) : kind.validateUpdate(object, old);
  return {
    object,
    errors: [...validateMetadataUpdate(kind, object, old), ...(own ?? [])],
    unsupported: kind.unsupported?.(object) ?? [],
    warnings: kind.warnings?.(object, old) ?? [],
  };
}

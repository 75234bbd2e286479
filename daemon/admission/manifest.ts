/**
 * What a manifest names: its kind and its key. Pure.
 */

import type { JsonObject, ObjectKey } from '../base/object.ts';
import { badRequest } from '../base/status.ts';
import type { Kind, KindRegistry } from '../kinds/kind.ts';
import { describeRemoval, removedVersion } from '../kinds/removed-versions.ts';
import { apiVersionOf, parseApiVersion } from '../kinds/resource.ts';
import { describeUnsupported } from '../kinds/unsupported.ts';
import type { Refusal } from './plugin.ts';

/** Where a namespaced manifest without a namespace belongs, as with kubectl. */
const DEFAULT_NAMESPACE = 'default';

export type Identity = { kind: Kind; key: ObjectKey } | { refusal: Refusal };

/** The kind and key, or what is wrong with how the manifest names itself. */
export function identify(registry: KindRegistry, manifest: Readonly<JsonObject>): Identity {
  const { apiVersion, kind: kindName } = manifest;
  if (typeof apiVersion !== 'string' || apiVersion === '')
    return no('apiVersion', 'apiVersion not set', 'the group and version of the kind, such as apps/v1');
  if (typeof kindName !== 'string' || kindName === '') return no('kind', 'kind not set', 'a kind, such as Deployment');
  const { group, version } = parseApiVersion(apiVersion);
  const kind = registry.byKind(group, version, kindName);
  if (!kind) return unknownKind(registry, apiVersion, kindName);
  if (!kind.stored)
    return no('kind', `${kindName} is a question to the API, not an object that can be kept`, 'an object');
  const metadata = (manifest.metadata ?? {}) as JsonObject;
  if (typeof metadata !== 'object' || Array.isArray(metadata))
    return no('metadata', 'metadata is not a mapping', 'a mapping with a name');
  const { name, namespace } = metadata;
  if (typeof name !== 'string' || name === '') {
    const why = metadata.generateName ? 'a name cannot be generated for an object in git' : 'name is required';
    return no('metadata.name', why, 'a name of its own');
  }
  if (namespace !== undefined && namespace !== null && typeof namespace !== 'string')
    return no('metadata.namespace', 'the namespace is not a string', 'the name of a namespace');
  if (!kind.resource.namespaced) return { kind, key: { name } };
  return { kind, key: { namespace: (namespace as string) || DEFAULT_NAMESPACE, name } };
}

/** One text for each object, whatever version its manifest is written in. */
export function identityText({ kind, key }: { kind: Kind; key: ObjectKey }): string {
  return `${kind.resource.group}/${kind.resource.plural}/${key.namespace ?? ''}/${key.name}`;
}

function unknownKind(registry: KindRegistry, apiVersion: string, kindName: string): Identity {
  const removed = removedVersion(apiVersion, kindName);
  if (removed) {
    const why = `no matches for kind "${kindName}" in version "${apiVersion}": ${describeRemoval(apiVersion, removed)}`;
    return no('apiVersion', why, removed.use ? `apiVersion ${removed.use}` : 'another kind');
  }
  const absent = registry.unsupported.find(
    ({ resource }) => resource.kind === kindName && apiVersionOf(resource) === apiVersion,
  );
  if (absent) return no('kind', describeUnsupported(absent), 'a kind that is supported (docs/supported.md)');
  const elsewhere = registry.kinds.filter(({ resource }) => resource.kind === kindName);
  const served = registry.kinds.filter(({ resource, stored }) => stored && apiVersionOf(resource) === apiVersion);
  const expected =
    elsewhere.length > 0
      ? `apiVersion ${[...new Set(elsewhere.map(({ resource }) => apiVersionOf(resource)))].join(' or ')}`
      : served.length > 0
        ? `one of ${served.map(({ resource }) => resource.kind).join(', ')}`
        : 'an apiVersion and kind that are served (kubectl api-resources lists them)';
  const at = elsewhere.length > 0 || served.length === 0 ? 'apiVersion' : 'kind';
  return no(at, `no matches for kind "${kindName}" in version "${apiVersion}"`, expected);
}

function no(fieldPath: string, why: string, expected: string): { refusal: Refusal } {
  return { refusal: { error: badRequest(why), fieldPath, expected } };
}

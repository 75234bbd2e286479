/**
 * A small admission: manifests laid over the live object, namespaces must exist, `data.bad` is invalid. Enough to see what the git layer does with the
 * answers; the real one has tests of its own.
 */

import { NO_RESERVATION } from '../../../daemon/admission/allocation/service-allocator.ts';
import type { AdmissionEnvironment, ManifestRequest, ManifestResult } from '../../../daemon/admission/contract.ts';
import { type Clock, formatTime, type Ids } from '../../../daemon/base/clock.ts';
import { cloneJson, deepEqual, isObject } from '../../../daemon/base/json.ts';
import type { JsonObject, KubeObject } from '../../../daemon/base/object.ts';
import { registryKey } from '../../../daemon/base/registry-key.ts';
import { identify } from '../../../daemon/git/manifest-file.ts';
import type { AdmissionPort } from '../../../daemon/git/ports.ts';
import type { SchemaSet } from '../../../daemon/schema/node.ts';
import type { Store } from '../../../daemon/store/store.ts';
import { NAMESPACE, registry } from './kinds.ts';

export function createAdmission(store: Store, clock: Clock, ids: Ids): AdmissionPort {
  const environment: AdmissionEnvironment = {
    registry,
    schemas: {} as SchemaSet,
    structure: { check: (object) => ({ object, unknownFields: [], error: undefined }) },
    cluster: { get: (resource, key) => store.get(registryKey(resource, key))?.value },
    clock,
    ids,
  };
  return {
    environment,
    admitManifest,
    admitTree(at, { manifests, removed, user, manager }) {
      const problems = [];
      const objects = [];
      const seen = new Map<string, { file: string; document: number }>();
      const gone = new Set(removed.map(({ kind, key }) => registryKey(kind.resource, key)));
      const added = new Set<string>();
      for (const { object } of manifests) {
        const names = identify(object, registry);
        if (names?.kind === NAMESPACE) added.add(names.key.name);
      }
      const cluster = {
        get: (resource: { group: string; plural: string }, key: { namespace?: string; name: string }) => {
          if (resource.plural === 'namespaces' && added.has(key.name)) return { metadata: { name: key.name } };
          return gone.has(registryKey(resource, key)) ? undefined : at.cluster.get(resource, key);
        },
      };
      for (const manifest of manifests) {
        const { file, document, object, changed } = manifest;
        const names = identify(object, registry);
        if (!names) {
          problems.push({ file, document, fieldPath: 'kind', message: 'this kind is not served', code: 400 });
          continue;
        }
        const other = seen.get(names.storeKey);
        if (other) problems.push({ file, document, fieldPath: '', message: 'defined twice', other, code: 409 });
        seen.set(names.storeKey, { file, document });
        const live = at.cluster.get(names.kind.resource, names.key);
        if (!changed && live) continue;
        const result = admitManifest({ ...at, cluster }, { object, live, user, manager });
        for (const problem of result.problems) problems.push({ file, document, code: 422, ...problem });
        if (result.problems.length === 0 && changed) {
          objects.push({
            manifest,
            kind: names.kind,
            key: names.key,
            operation: result.operation,
            old: live,
            next: result.object,
          });
        }
      }
      return { problems, warnings: [], objects };
    },
    refuseDelete: (kind, key) =>
      kind === NAMESPACE && key.name === 'default' ? 'this namespace may not be deleted' : undefined,
    refuseGrant: () => undefined,
  };
}

function admitManifest(environment: AdmissionEnvironment, { object, live, manager }: ManifestRequest): ManifestResult {
  const names = identify(object, environment.registry)!;
  const { kind, key } = names;
  const problems = [];
  if (key.namespace && !environment.cluster.get(NAMESPACE.resource, { name: key.namespace })) {
    problems.push({ fieldPath: 'metadata.namespace', message: `namespaces "${key.namespace}" not found` });
  }
  if (isObject(object['data']) && 'bad' in object['data']) {
    problems.push({ fieldPath: 'data.bad', message: 'Forbidden: bad is bad', expected: 'something good' });
  }
  const merged = overlay(live ? cloneJson(live) : {}, object) as KubeObject;
  merged.metadata = { ...merged.metadata, ...key };
  kind.setDefaults(merged);
  merged.metadata.uid ??= environment.ids.uid();
  merged.metadata.creationTimestamp ??= formatTime(environment.clock.now());
  const before = (live as JsonObject | undefined)?.['spec'];
  if (kind.hasGeneration && !deepEqual(before, (merged as JsonObject)['spec'])) {
    merged.metadata.generation = (live?.metadata?.generation ?? 0) + 1;
  }
  merged.metadata.managedFields = [
    ...(merged.metadata.managedFields ?? []).filter((entry) => entry.manager !== manager),
    { manager, operation: 'Apply', time: formatTime(environment.clock.now()) },
  ];
  return {
    object: merged,
    warnings: [],
    problems,
    reservation: NO_RESERVATION,
    kind,
    key,
    operation: live ? 'update' : 'create',
  };
}

function overlay(live: unknown, manifest: unknown): unknown {
  if (!isObject(manifest)) return cloneJson(manifest);
  const result: JsonObject = isObject(live) ? { ...live } : {};
  for (const [name, value] of Object.entries(manifest)) result[name] = overlay(result[name], value);
  return result;
}

/** Admission with real kinds and schemas over a cluster that is a list of objects. */

import { createServiceAllocator } from '../../daemon/admission/allocation/memory-allocator.ts';
import { DEFAULT_CONFIGURATION } from '../../daemon/admission/configuration.ts';
import type { AdmissionEnvironment, TreeManifest } from '../../daemon/admission/contract.ts';
import type { UserInfo } from '../../daemon/auth/user.ts';
import { deepFreeze } from '../../daemon/base/json.ts';
import type { JsonObject, KubeObject } from '../../daemon/base/object.ts';
import { registryKey, registryPrefix } from '../../daemon/base/registry-key.ts';
import { createKindRegistry } from '../../daemon/kinds/registry.ts';
import { parseApiVersion } from '../../daemon/kinds/resource.ts';
import { loadSchemas } from '../../daemon/schema/load.ts';
import { createStructuralChecker } from '../../daemon/schema/validate.ts';
import { SimClock, seededIds, seededRandom } from '../support/sim-clock.ts';

export const ADMIN: UserInfo = { username: 'admin', groups: ['system:masters'] };

const schemas = loadSchemas();
const structure = createStructuralChecker(schemas);
export const registry = createKindRegistry();

export const namespace = (name: string, phase = 'Active'): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, uid: `uid-${name}`, resourceVersion: '1' },
    status: { phase },
  }) as KubeObject;
export const account = (name: string, of = 'default', rest = {}): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace: of, uid: `uid-${name}` },
    ...rest,
  }) as KubeObject;

/** An environment whose cluster holds these objects (with `default` and its account, unless told otherwise). */
export function createEnvironment(
  objects: readonly KubeObject[] = [],
  base: readonly KubeObject[] = [namespace('default'), account('default')],
): AdmissionEnvironment {
  const stored = new Map<string, KubeObject>();
  for (const object of [...base, ...objects]) {
    const { group, version } = parseApiVersion(object.apiVersion!);
    const kind = registry.byKind(group, version, object.kind!)!;
    const { name = '', namespace: of } = object.metadata!;
    stored.set(registryKey(kind.resource, { namespace: of, name }), deepFreeze(object));
  }
  const random = seededRandom(1);
  return {
    registry,
    schemas,
    structure,
    cluster: {
      get: (resource, key) => stored.get(registryKey(resource, key)),
      list: (resource, namespace) =>
        [...stored].filter(([key]) => key.startsWith(registryPrefix(resource, namespace))).map(([, one]) => one),
    },
    configuration: DEFAULT_CONFIGURATION,
    clock: new SimClock(),
    ids: seededIds(random),
    services: createServiceAllocator({
      serviceCidr: '10.96.0.0/24',
      random,
      services: [...stored.values()].filter(({ kind }) => kind === 'Service'),
    }),
  };
}

/** Manifests as a git tree gives them, one a file; all changed unless named otherwise. */
export function manifests(files: Record<string, JsonObject>, unchanged: readonly string[] = []): TreeManifest[] {
  return Object.entries(files).map(([file, object]) => ({
    file,
    document: 0,
    object: deepFreeze(object),
    changed: !unchanged.includes(file),
  }));
}

/**
 * All kinds that are served. The order within a group is the order of discovery.
 */

import type { KubeObject } from '../base/object.ts';
import { binding } from './bindings/kind.ts';
import { clusterRoleBinding } from './clusterrolebindings/kind.ts';
import { clusterRole } from './clusterroles/kind.ts';
import { configMap } from './configmaps/kind.ts';
import { controllerRevision } from './controllerrevisions/kind.ts';
import { deployment } from './deployments/kind.ts';
import { endpoints } from './endpoints/kind.ts';
import { endpointSlice } from './endpointslices/kind.ts';
import { event } from './events/kind.ts';
import { eventOfGroup } from './events-group/kind.ts';
import type { Kind, KindRegistry } from './kind.ts';
import { lease } from './leases/kind.ts';
import { localSubjectAccessReview } from './localsubjectaccessreviews/kind.ts';
import { namespace } from './namespaces/kind.ts';
import { node } from './nodes/kind.ts';
import { pod } from './pods/kind.ts';
import { priorityClass } from './priorityclasses/kind.ts';
import { replicaSet } from './replicasets/kind.ts';
import { roleBinding } from './rolebindings/kind.ts';
import { role } from './roles/kind.ts';
import { secret } from './secrets/kind.ts';
import { selfSubjectAccessReview } from './selfsubjectaccessreviews/kind.ts';
import { selfSubjectReview } from './selfsubjectreviews/kind.ts';
import { selfSubjectRulesReview } from './selfsubjectrulesreviews/kind.ts';
import { serviceAccount } from './serviceaccounts/kind.ts';
import { service } from './services/kind.ts';
import { subjectAccessReview } from './subjectaccessreviews/kind.ts';
import { tokenReview } from './tokenreviews/kind.ts';

/** A kind of particular objects as one of any: its functions are only called with objects of that kind. */
function asKind<T extends KubeObject>(kind: Kind<T>): Kind {
  return kind as unknown as Kind;
}

/** The registry of the kinds built in and of `extra` ones. A kind that is there twice is a programmer's error. */
export function createKindRegistry(extra: readonly Kind[] = []): KindRegistry {
  const kinds: readonly Kind[] = [
    asKind(namespace),
    asKind(pod),
    asKind(configMap),
    asKind(secret),
    asKind(service),
    asKind(endpoints),
    asKind(serviceAccount),
    asKind(event),
    asKind(node),
    asKind(binding),
    asKind(deployment),
    asKind(replicaSet),
    asKind(controllerRevision),
    asKind(endpointSlice),
    asKind(lease),
    asKind(eventOfGroup),
    asKind(priorityClass),
    asKind(role),
    asKind(roleBinding),
    asKind(clusterRole),
    asKind(clusterRoleBinding),
    asKind(subjectAccessReview),
    asKind(localSubjectAccessReview),
    asKind(selfSubjectAccessReview),
    asKind(selfSubjectRulesReview),
    asKind(selfSubjectReview),
    asKind(tokenReview),
    ...extra,
  ];
  const byResource = new Map<string, Kind>();
  const byKind = new Map<string, Kind>();
  for (const kind of kinds) {
    const { group, version, plural, kind: name } = kind.resource;
    const key = `${group}/${version}/${plural}`;
    if (byResource.has(key)) throw new Error(`kind ${key} is registered twice`);
    byResource.set(key, kind);
    byKind.set(`${group}/${version}/${name}`, kind);
  }
  return {
    kinds,
    byResource: (group, version, plural) => byResource.get(`${group}/${version}/${plural}`),
    byKind: (group, version, name) => byKind.get(`${group}/${version}/${name}`),
  };
}

/**
 * All kinds that are served. The order within a group is the order of discovery.
 */

import type { KubeObject } from '../base/object.ts';
import { internalError } from '../base/status.ts';
import { binding } from './bindings/kind.ts';
import { certificateSigningRequest } from './certificatesigningrequests/kind.ts';
import { clusterRoleBinding } from './clusterrolebindings/kind.ts';
import { clusterRole } from './clusterroles/kind.ts';
import { componentStatus } from './componentstatuses/kind.ts';
import { configMap } from './configmaps/kind.ts';
import { controllerRevision } from './controllerrevisions/kind.ts';
import { buildCustomKinds, type CustomKindTools } from './custom/build-kinds.ts';
import { customResourceDefinition } from './customresourcedefinitions/kind.ts';
import { deployment } from './deployments/kind.ts';
import { endpoints } from './endpoints/kind.ts';
import { endpointSlice } from './endpointslices/kind.ts';
import { event } from './events/kind.ts';
import { eventOfGroup } from './events-group/kind.ts';
import { flowSchema } from './flowschemas/kind.ts';
import { job } from './jobs/kind.ts';
import type { Kind, KindRegistry } from './kind.ts';
import { lease } from './leases/kind.ts';
import { limitRange } from './limitranges/kind.ts';
import { localSubjectAccessReview } from './localsubjectaccessreviews/kind.ts';
import { mutatingWebhookConfiguration } from './mutatingwebhookconfigurations/kind.ts';
import { namespace } from './namespaces/kind.ts';
import { nodeMetrics } from './nodemetrics/kind.ts';
import { node } from './nodes/kind.ts';
import { podDisruptionBudget } from './poddisruptionbudgets/kind.ts';
import { podMetrics } from './podmetrics/kind.ts';
import { pod } from './pods/kind.ts';
import { podTemplate } from './podtemplates/kind.ts';
import { priorityClass } from './priorityclasses/kind.ts';
import { priorityLevelConfiguration } from './prioritylevelconfigurations/kind.ts';
import { replicaSet } from './replicasets/kind.ts';
import { resourceQuota } from './resourcequotas/kind.ts';
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
import type { CustomResourceDefinition } from './types.generated.ts';
import { UNSUPPORTED_KINDS } from './unsupported.ts';
import { validatingAdmissionPolicy } from './validatingadmissionpolicies/kind.ts';
import { validatingAdmissionPolicyBinding } from './validatingadmissionpolicybindings/kind.ts';
import { validatingWebhookConfiguration } from './validatingwebhookconfigurations/kind.ts';
import { otherVersionsOf } from './versions.ts';

/** A kind of particular objects as one of any: its functions are only called with objects of that kind. */
function asKind<T extends KubeObject>(kind: Kind<T>): Kind {
  return kind as unknown as Kind;
}

/** Kinds by what names them. */
interface KindIndex {
  readonly kinds: readonly Kind[];
  readonly unsupported: readonly Kind[];
  byResource(group: string, version: string, plural: string): Kind | undefined;
  byKind(group: string, version: string, kind: string): Kind | undefined;
}

/** A registry whose custom kinds can be replaced. */
export interface ChangingKindRegistry extends KindRegistry {
  /** All custom kinds there are from now on. One whose name a built-in kind has is left out. */
  replaceCustom(kinds: readonly Kind[]): void;
}

/** The kinds built in, each with its older versions behind it: the kept version of a group comes first, it is the preferred one. */
function builtInKinds(): readonly Kind[] {
  const kept: readonly Kind[] = [
    asKind(namespace),
    asKind(pod),
    asKind(configMap),
    asKind(secret),
    asKind(service),
    asKind(endpoints),
    asKind(serviceAccount),
    asKind(event),
    asKind(podTemplate),
    asKind(limitRange),
    asKind(resourceQuota),
    asKind(node),
    asKind(binding),
    asKind(componentStatus),
    asKind(deployment),
    asKind(replicaSet),
    asKind(controllerRevision),
    asKind(job),
    asKind(endpointSlice),
    asKind(lease),
    asKind(eventOfGroup),
    asKind(podDisruptionBudget),
    asKind(priorityClass),
    asKind(customResourceDefinition),
    asKind(certificateSigningRequest),
    asKind(flowSchema),
    asKind(priorityLevelConfiguration),
    asKind(validatingAdmissionPolicy),
    asKind(validatingAdmissionPolicyBinding),
    asKind(validatingWebhookConfiguration),
    asKind(mutatingWebhookConfiguration),
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
    asKind(nodeMetrics),
    asKind(podMetrics),
  ];
  return [...kept, ...kept.flatMap(otherVersionsOf)];
}

/** Throws for a kind that is there twice: a programmer's error. */
function indexKinds(kinds: readonly Kind[]): KindIndex {
  const byResource = new Map<string, Kind>();
  const byKind = new Map<string, Kind>();
  for (const kind of kinds) {
    const { group, version, plural, kind: name } = kind.resource;
    const key = `${group}/${version}/${plural}`;
    if (byResource.has(key)) throw new Error(`kind ${key} is registered twice`);
    byResource.set(key, kind);
    byKind.set(`${group}/${version}/${name}`, kind);
  }
  const unsupported: Kind[] = [];
  for (const kind of UNSUPPORTED_KINDS) {
    const { group, version, plural } = kind.resource;
    const key = `${group}/${version}/${plural}`;
    if (byResource.has(key)) continue; // somebody's own definition
    byResource.set(key, kind);
    unsupported.push(kind);
  }
  return {
    kinds,
    unsupported,
    byResource: (group, version, plural) => byResource.get(`${group}/${version}/${plural}`),
    byKind: (group, version, name) => byKind.get(`${group}/${version}/${name}`),
  };
}

/**
 * The registry of the kinds built in and of `extra` ones, without custom kinds yet. `tools` are what custom kinds need; without them nobody converts
 * by webhooks.
 */
export function createKindRegistry(
  extra: readonly Kind[] = [],
  tools: CustomKindTools = WITHOUT_WEBHOOKS,
): ChangingKindRegistry {
  const own = [...builtInKinds(), ...extra];
  const builtIn = indexKinds(own);
  const listeners = new Set<() => void>();
  let index = builtIn;
  let generation = 0;
  return {
    get kinds() {
      return index.kinds;
    },
    get unsupported() {
      return index.unsupported;
    },
    get generation() {
      return generation;
    },
    byResource: (group, version, plural) => index.byResource(group, version, plural),
    byKind: (group, version, name) => index.byKind(group, version, name),
    kindsOf: (definition) => buildCustomKinds(definition as CustomResourceDefinition, tools),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    replaceCustom(custom) {
      index = indexKinds([...own, ...custom.filter((kind) => !isNamed(builtIn, kind))]);
      generation++;
      for (const listener of listeners) listener();
    },
  };
}

const WITHOUT_WEBHOOKS: CustomKindTools = {
  askWebhook: () => Promise.reject(internalError(new Error('no webhooks are called here'))),
};

/** What is not supported gives way to a definition. */
function isNamed(index: KindIndex, { resource: { group, version, plural, kind } }: Kind): boolean {
  const named = index.byResource(group, version, plural);
  return (named !== undefined && !named.isUnsupported) || index.byKind(group, version, kind) !== undefined;
}

/** What is served, with other custom kinds: what a push would bring. It follows nothing. */
export function withCustomKinds(registry: KindRegistry, custom: readonly Kind[]): KindRegistry {
  const index = indexKinds([...registry.kinds.filter(({ schema }) => !schema), ...custom]);
  return { ...index, generation: -1, kindsOf: (definition) => registry.kindsOf(definition), onChange: () => () => {} };
}

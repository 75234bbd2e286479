/**
 * The parameters with which a binding evaluates its policy (`apiserver/pkg/admission/plugin/policy/generic`, `CollectParams`). Pure.
 */

import { compileLabelSelector } from '../../base/label-selector.ts';
import type { KubeObject } from '../../base/object.ts';
import { shown } from '../../kinds/conversion.ts';
import type { Kind } from '../../kinds/kind.ts';
import { apiVersionOf, parseApiVersion } from '../../kinds/resource.ts';
import type { ParamKind, ParamRef } from '../../kinds/types.generated.ts';
import type { AdmissionEnvironment } from '../contract.ts';

/** What is wrong with the kind of parameters that a policy names, whatever its bindings say. */
export function unknownParamKind(
  { apiVersion = '', kind = '' }: ParamKind,
  registry: AdmissionEnvironment['registry'],
): string | undefined {
  const { group, version } = parseApiVersion(apiVersion);
  if (registry.byKind(group, version, kind)?.stored) return undefined;
  return `failed to find resource referenced by paramKind: '${group}/${version}, Kind=${kind}'`;
}

/** One evaluation for each; undefined stands for none. `problem`: the binding cannot be used. */
export type Params = { readonly objects: readonly (Readonly<KubeObject> | undefined)[] } | { readonly problem: string };

/** `namespace`: of the request, `''` for what is in none. */
export function collectParams(
  paramKind: ParamKind | undefined,
  reference: ParamRef | undefined,
  namespace: string,
  { registry, cluster }: AdmissionEnvironment,
): Params {
  if (!paramKind || !reference) return { objects: [undefined] };
  const { group, version } = parseApiVersion(paramKind.apiVersion ?? '');
  const kind = registry.byKind(group, version, paramKind.kind ?? '');
  if (!kind?.stored) return { problem: unknownParamKind(paramKind, registry) ?? '' };
  const { namespaced } = kind.resource;
  if (!namespaced && reference.namespace) {
    return { problem: 'paramRef.namespace must not be provided for a cluster-scoped `paramKind`' };
  }
  const of = reference.namespace || namespace;
  if (namespaced && of === '') {
    return { problem: 'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources' };
  }
  const objects = find(kind, reference, namespaced ? of : undefined, cluster);
  if (objects.length > 0 || reference.parameterNotFoundAction !== 'Deny') return { objects };
  return { problem: 'no params found for policy binding with `Deny` parameterNotFoundAction' };
}

function find(
  kind: Kind,
  { name, selector }: ParamRef,
  namespace: string | undefined,
  cluster: AdmissionEnvironment['cluster'],
): Readonly<KubeObject>[] {
  if (name) {
    const found = cluster.get(kind.resource, { name, ...(namespace ? { namespace } : {}) });
    return found ? [typed(kind, found)] : [];
  }
  const matches = compileLabelSelector(selector);
  return cluster
    .list(kind.resource, namespace)
    .filter(({ metadata }) => matches(metadata?.labels ?? {}))
    .map((object) => typed(kind, object));
}

function typed(kind: Kind, object: Readonly<KubeObject>): Readonly<KubeObject> {
  const made = shown(kind, object);
  return made.apiVersion ? made : { apiVersion: apiVersionOf(kind.resource), kind: kind.resource.kind, ...made };
}

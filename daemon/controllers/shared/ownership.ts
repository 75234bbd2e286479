/**
 * Which objects a controller owns, should adopt, or should let go (`controller_ref_manager.go` upstream). Pure.
 * A controller never takes an object that names another controller.
 */

import type { LabelMatcher } from '../../base/label-selector.ts';
import { controllerOf, type KubeObject, type OwnerReference } from '../../base/object.ts';
import { apiVersionOf, type Resource } from '../../kinds/resource.ts';

export interface Claims<T> {
  /** Owned and matching. */
  owned: T[];
  /** Without controller, matching, not terminating. */
  adoptable: T[];
  /** Owned and no longer matching. */
  releasable: T[];
}

/** `candidates`: what the owner controls already, and orphans of its namespace. */
export function claim<T extends KubeObject>(
  owner: Readonly<KubeObject>,
  matches: LabelMatcher,
  candidates: readonly T[],
  isAdoptable: (object: T) => boolean = () => true,
): Claims<T> {
  const claims: Claims<T> = { owned: [], adoptable: [], releasable: [] };
  const ownerIsTerminating = owner.metadata?.deletionTimestamp !== undefined;
  for (const object of candidates) {
    const isMatching = matches(object.metadata?.labels);
    const controller = controllerOf(object);
    const isTerminating = object.metadata?.deletionTimestamp !== undefined;
    if (controller) {
      if (controller.uid !== owner.metadata?.uid) continue;
      if (isMatching) claims.owned.push(object);
      else if (!ownerIsTerminating && !isTerminating) claims.releasable.push(object);
    } else if (isMatching && !ownerIsTerminating && !isTerminating && isAdoptable(object)) {
      claims.adoptable.push(object);
    }
  }
  return claims;
}

/** `metav1.NewControllerRef`. */
export function controllerReference(resource: Resource, owner: Readonly<KubeObject>): OwnerReference {
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    name: owner.metadata?.name ?? '',
    uid: owner.metadata?.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The merge patch that makes `owner` the controller of `object`; refused by the API when `object` has changed since. */
export function adoptionPatch(resource: Resource, owner: Readonly<KubeObject>, object: Readonly<KubeObject>) {
  const { uid, resourceVersion, ownerReferences = [] } = object.metadata ?? {};
  return {
    metadata: { uid, resourceVersion, ownerReferences: [...ownerReferences, controllerReference(resource, owner)] },
  };
}

/** The merge patch that takes `owner` off `object`. */
export function releasePatch(owner: Readonly<KubeObject>, object: Readonly<KubeObject>) {
  const { uid, resourceVersion, ownerReferences = [] } = object.metadata ?? {};
  const kept = ownerReferences.filter((reference) => reference.uid !== owner.metadata?.uid);
  return { metadata: { uid, resourceVersion, ownerReferences: kept.length > 0 ? kept : null } };
}

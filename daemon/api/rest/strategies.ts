/**
 * What sets some resources apart in the generic verbs (upstream's strategies and storages). A resource that is not named has the usual behaviour.
 */

import type { Kind } from '../../kinds/kind.ts';
import { SYSTEM_CLASSES } from '../../kinds/priorityclasses/system-classes.ts';

/** PUT of a name that does not exist creates it (`AllowCreateOnUpdate`). */
const CREATE_ON_UPDATE: ReadonlySet<string> = new Set([
  '/endpoints',
  '/events',
  '/limitranges',
  '/services',
  'coordination.k8s.io/leases',
  'events.k8s.io/events',
  'node.k8s.io/runtimeclasses',
  'rbac.authorization.k8s.io/clusterrolebindings',
  'rbac.authorization.k8s.io/clusterroles',
  'rbac.authorization.k8s.io/rolebindings',
  'rbac.authorization.k8s.io/roles',
]);

/** PUT without a resourceVersion is refused (`AllowUnconditionalUpdate` is false). */
const CONDITIONAL_UPDATE: ReadonlySet<string> = new Set([
  'admissionregistration.k8s.io/mutatingwebhookconfigurations',
  'admissionregistration.k8s.io/validatingwebhookconfigurations',
  'coordination.k8s.io/leases',
  'node.k8s.io/runtimeclasses',
  'policy/poddisruptionbudgets',
  'storage.k8s.io/csidrivers',
  'storage.k8s.io/csinodes',
  'storage.k8s.io/csistoragecapacities',
  'storage.k8s.io/volumeattachments',
]);

/** DELETE answers with the object, not with a Status (`ReturnDeletedObject`). */
const RETURNS_DELETED: ReadonlySet<string> = new Set([
  '/namespaces',
  '/persistentvolumeclaims',
  '/persistentvolumes',
  '/pods',
  '/podtemplates',
  '/resourcequotas',
  '/serviceaccounts',
  '/services',
  'storage.k8s.io/csidrivers',
  'storage.k8s.io/csinodes',
  'storage.k8s.io/storageclasses',
  'storage.k8s.io/volumeattachments',
]);

/** The garbage collector has nothing to do with these: no finalizers are set for it. */
const NOT_COLLECTED: ReadonlySet<string> = new Set(['/events', 'events.k8s.io/events']);

const nameOf = ({ resource }: Kind): string => `${resource.group}/${resource.plural}`;

export const createsOnUpdate = (kind: Kind): boolean => CREATE_ON_UPDATE.has(nameOf(kind));
export const updatesUnconditionally = (kind: Kind): boolean => !kind.schema && !CONDITIONAL_UPDATE.has(nameOf(kind));
export const returnsDeletedObject = (kind: Kind): boolean => RETURNS_DELETED.has(nameOf(kind));
export const isGarbageCollected = (kind: Kind): boolean => !NOT_COLLECTED.has(nameOf(kind));
export const isCoreResource = (kind: Kind, plural: string): boolean => nameOf(kind) === `/${plural}`;

/** Why an object cannot be deleted by its name, whoever asks; a collection takes it along, as upstream. */
export function undeletable(kind: Kind, name: string): string | undefined {
  const isSystemClass =
    nameOf(kind) === 'scheduling.k8s.io/priorityclasses' && SYSTEM_CLASSES.some((one) => one.name === name);
  return isSystemClass ? 'this is a system priority class and cannot be deleted' : undefined;
}

/**
 * What a DELETE does to an object: nothing more (it is going already), a mark (grace, finalizers), or its end. Pure.
 * As `rest.BeforeDelete` and `registry.Store.Delete`, and for namespaces `namespace/storage`.
 */

import { formatTime, parseTime } from '../../base/clock.ts';
import { type FieldError, invalidValue, notSupported, path } from '../../base/field.ts';
import { cloneJson } from '../../base/json.ts';
import type { KubeObject, ObjectMeta } from '../../base/object.ts';
import { conflict, invalid } from '../../base/status.ts';
import { holdForInstances } from '../../kinds/customresourcedefinitions/deletion.ts';
import type { Kind } from '../../kinds/kind.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../kinds/resources.ts';
import type { CustomResourceDefinition, Namespace, Pod } from '../../kinds/types.generated.ts';
import type { DeleteParameters } from './requests.ts';
import { isCoreResource, isGarbageCollected } from './strategies.ts';
import { checkDryRun } from './write-options.ts';

export type DeletionPlan =
  | { type: 'none' }
  | { type: 'mark'; next: KubeObject }
  /** `last`: the state to be stored before the end, so that watchers see that it is going. */
  | { type: 'remove'; last?: KubeObject };

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

/** Throws 422. */
export function checkDeleteOptions(
  { orphanDependents, propagationPolicy }: Omit<DeleteParameters, 'dryRun'>,
  dryRun: readonly string[] = [],
): void {
  const errors: FieldError[] = [];
  const at = path('propagationPolicy');
  if (orphanDependents !== undefined && propagationPolicy !== undefined)
    errors.push(invalidValue(at, propagationPolicy, 'orphanDependents and deletionPropagation cannot be both set'));
  if (propagationPolicy !== undefined && !['Foreground', 'Background', 'Orphan'].includes(propagationPolicy))
    errors.push(notSupported(at, propagationPolicy, ['Foreground', 'Background', 'Orphan', 'nil']));
  checkDryRun(errors, dryRun);
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors);
}

/** Throws 409 when the object is not the one that is meant. */
export function checkPreconditions(kind: Kind, live: Readonly<KubeObject>, { preconditions }: DeleteParameters): void {
  const { uid = '', resourceVersion = '', name = '' } = live.metadata ?? {};
  const isNamespace = isCoreResource(kind, 'namespaces');
  const { group, kind: kindName } = kind.resource;
  const resource = isNamespace ? { group: '', resource: 'namespaces' } : { group, resource: kindName };
  const wantedUid = preconditions?.uid;
  const wantedRevision = preconditions?.resourceVersion;
  // An empty text is a condition too, that nothing meets.
  if ((wantedUid ?? uid) !== uid)
    throw conflict(
      resource,
      name,
      isNamespace
        ? `Precondition failed: UID in precondition: ${wantedUid}, UID in object meta: ${uid}`
        : `the UID in the precondition (${wantedUid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  if ((wantedRevision ?? resourceVersion) !== resourceVersion)
    throw conflict(
      resource,
      name,
      isNamespace
        ? `Precondition failed: ResourceVersion in precondition: ${wantedRevision}, ResourceVersion in object meta: ${resourceVersion}`
        : `the ResourceVersion in the precondition (${wantedRevision}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
}

/** `now` in ms since the epoch. `live` is not changed. */
export function planDeletion(
  kind: Kind,
  live: Readonly<KubeObject>,
  parameters: DeleteParameters,
  now: number,
): DeletionPlan {
  if (isCoreResource(kind, 'namespaces')) {
    const plan = planNamespace(live as Namespace, parameters, now);
    if (plan) return plan;
  }
  const next = cloneJson(live) as KubeObject & { metadata: ObjectMeta };
  const grace = kind.gracePeriodSeconds ? markGraceful(kind, next, live, parameters, now) : 'immediate';
  if (grace === 'pending') return { type: 'none' };
  setCollectorFinalizers(kind, next.metadata, parameters);
  if (isDefinition(kind)) holdForInstances(next as CustomResourceDefinition, now);
  const isHeld = (next.metadata.finalizers?.length ?? 0) > 0;
  if (grace === 'immediate') {
    if (!isHeld) return { type: 'remove' };
    if (isDefinition(kind)) next.metadata.deletionTimestamp ??= formatTime(now);
    else markNow(next.metadata, now);
    return { type: 'mark', next };
  }
  if (isHeld || grace > 0) return { type: 'mark', next };
  return { type: 'remove', last: next };
}

const isDefinition = ({ resource }: Kind): boolean =>
  resource.group === CUSTOM_RESOURCE_DEFINITIONS.group && resource.plural === CUSTOM_RESOURCE_DEFINITIONS.plural;

/** The seconds left, `pending` when it is going already and not to go sooner, `immediate` when grace has nothing to say. */
function markGraceful(
  kind: Kind,
  next: KubeObject & { metadata: ObjectMeta },
  live: Readonly<KubeObject>,
  { gracePeriodSeconds: asked }: DeleteParameters,
  now: number,
): number | 'pending' | 'immediate' {
  // Upstream reads a negative period as one second.
  const wanted = asked !== undefined && asked < 0 ? 1 : asked;
  const meta = next.metadata;
  if (meta.deletionTimestamp) {
    const present = meta.deletionGracePeriodSeconds ?? 0;
    if (present === 0) return 'immediate';
    if (wanted === undefined || wanted >= present) return 'pending';
    const began = parseTime(meta.deletionTimestamp) - present * 1000;
    meta.deletionTimestamp = formatTime(began + wanted * 1000);
    meta.deletionGracePeriodSeconds = wanted;
    return wanted;
  }
  const seconds = endsAtOnce(live as Pod) ? 0 : (wanted ?? kind.gracePeriodSeconds!(live));
  meta.deletionTimestamp = formatTime(now + seconds * 1000);
  meta.deletionGracePeriodSeconds = seconds;
  raiseGeneration(meta);
  return seconds;
}

/** Nothing runs that would need time to stop. */
function endsAtOnce({ spec, status }: Pod): boolean {
  return !spec?.nodeName || status?.phase === 'Failed' || status?.phase === 'Succeeded';
}

function markNow(meta: ObjectMeta, now: number): void {
  if (!meta.deletionTimestamp) raiseGeneration(meta);
  if (!meta.deletionTimestamp || parseTime(meta.deletionTimestamp) > now) meta.deletionTimestamp = formatTime(now);
  meta.deletionGracePeriodSeconds = 0;
}

function raiseGeneration(meta: ObjectMeta): void {
  if (meta.generation) meta.generation += 1;
}

/** The finalizers by which the garbage collector is told what becomes of the dependents. */
function setCollectorFinalizers(kind: Kind, meta: ObjectMeta, parameters: DeleteParameters): void {
  if (!isGarbageCollected(kind)) return;
  const present = meta.finalizers ?? [];
  const policy = policyOf(parameters);
  const orphan = policy
    ? policy === 'Orphan'
    : present.includes(ORPHAN) || ((kind.orphansDependents ?? false) && !present.includes(FOREGROUND));
  const foreground = policy ? policy === 'Foreground' : present.includes(FOREGROUND);
  const others = present.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND);
  const wanted = [...others, ...(orphan ? [ORPHAN] : []), ...(foreground && !orphan ? [FOREGROUND] : [])];
  const isSame = wanted.length === present.length && wanted.every((finalizer) => present.includes(finalizer));
  if (isSame) return;
  if (wanted.length > 0) meta.finalizers = wanted;
  else delete meta.finalizers;
}

function policyOf({ orphanDependents, propagationPolicy }: DeleteParameters): string | undefined {
  if (orphanDependents !== undefined) return orphanDependents ? 'Orphan' : 'Background';
  return propagationPolicy;
}

/** A namespace is marked at first, and ends when its controller has emptied it; undefined: it is empty and may end. */
function planNamespace(live: Namespace, parameters: DeleteParameters, now: number): DeletionPlan | undefined {
  if (live.metadata?.deletionTimestamp) return live.spec?.finalizers?.length ? { type: 'none' } : undefined;
  const next = cloneJson(live);
  next.metadata = { ...next.metadata, deletionTimestamp: formatTime(now) };
  next.status = { ...next.status, phase: 'Terminating' };
  const policy = policyOf(parameters);
  const others = (next.metadata.finalizers ?? []).filter((one) => !policy || (one !== ORPHAN && one !== FOREGROUND));
  const added = policy === 'Orphan' ? [ORPHAN] : policy === 'Foreground' ? [FOREGROUND] : [];
  const finalizers = [...others, ...added];
  if (finalizers.length > 0) next.metadata.finalizers = finalizers;
  else delete next.metadata.finalizers;
  return { type: 'mark', next };
}

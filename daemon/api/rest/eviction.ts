/**
 * POST of `pods/x/eviction`: a deletion that asks the Pod's disruption budget for permission (`pkg/registry/core/pod/storage/eviction.go`).
 *
 * A grant is written into the budget's status by compare-and-swap before the Pod goes: however many ask at once, no more are granted than it allows.
 */

import type { UserInfo } from '../../auth/user.ts';
import { formatTime } from '../../base/clock.ts';
import type { KubeObject } from '../../base/object.ts';
import { registryKey, registryPrefix } from '../../base/registry-key.ts';
import { matchesSelector, selectorOf } from '../../base/selector.ts';
import { badRequest, conflict, forbidden, isReason, notFound, StatusError } from '../../base/status.ts';
import { withDisruption } from '../../kinds/common/pod/disruption.ts';
import { allowanceCondition } from '../../kinds/poddisruptionbudgets/allowance.ts';
import { POD_DISRUPTION_BUDGETS } from '../../kinds/resources.ts';
import type { Eviction, Pod, PodDisruptionBudget } from '../../kinds/types.generated.ts';
import { succeeded } from './binding.ts';
import type { RestContext } from './context.ts';
import { deleteObject } from './delete.ts';
import { groupResource, keyOfTarget } from './get.ts';
import type { DeleteParameters, Target, WriteParameters, WriteResult } from './requests.ts';
import { updateObject } from './update.ts';

/** `EvictionsRetry`: so many lost races mean that somebody writes the Pod or its budget in a loop. */
const TRIES_MAX = 20;
/** `MaxDisruptedPodSize`: so many granted evictions that the controller has not seen yet mean that it does not run. */
const DISRUPTED_PODS_MAX = 2000;
/** Seconds after which a budget that is being worked out may be asked again. */
const RETRY_AFTER = 10;
const MESSAGE = "Cannot evict pod as it would violate the pod's disruption budget.";
const CONDITION = { reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' };
/** Who writes a budget's status and the condition for whoever evicts: the API server itself. */
const SERVER: UserInfo = { username: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };

/** `target` is the pod. Throws 400, 404, 409, 429 (the budget says no, or not yet), 500 (several budgets). */
export async function evictPod(
  context: RestContext,
  target: Target,
  body: KubeObject,
  parameters: WriteParameters,
): Promise<WriteResult> {
  const { metadata, deleteOptions } = body as Eviction;
  if ((metadata?.name ?? '') !== target.name) throw badRequest('name in URL does not match name in Eviction object');
  const { gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions, dryRun } = deleteOptions ?? {};
  const options: DeleteParameters = {
    gracePeriodSeconds,
    propagationPolicy,
    orphanDependents,
    preconditions,
    dryRun: parameters.dryRun || dryRun?.includes('All'),
  };
  if (await evictFree(context, target, options)) return succeeded();
  await evictGuarded(context, target, readPod(context, target), options);
  return succeeded();
}

/** What has ended, goes anyway or has not begun disrupts nobody. False: the Pod runs, its budget is to be asked. */
async function evictFree(context: RestContext, target: Target, options: DeleteParameters): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    const pod = readPod(context, target);
    const { phase } = pod.status ?? {};
    const isGone = phase === 'Succeeded' || phase === 'Failed' || pod.metadata?.deletionTimestamp !== undefined;
    if (!isGone && phase !== 'Pending') return false;
    try {
      // One that is pending may have become ready by now: then it is another case.
      await markAndDelete(context, target, isGone ? options : withRevision(options, pod));
      return true;
    } catch (error) {
      if (!isReason(error, 'Conflict') || options.preconditions?.resourceVersion || tries === TRIES_MAX) throw error;
    }
  }
}

async function evictGuarded(
  context: RestContext,
  target: Target,
  pod: Readonly<Pod>,
  options: DeleteParameters,
): Promise<void> {
  const budgets = budgetsOf(context, pod);
  if (budgets.length > 1) {
    const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    throw new StatusError(500, '', message);
  }
  const [budget] = budgets;
  if (!budget) return markAndDelete(context, target, options);
  if (!needsGrant(pod, budget)) return evictUnhealthy(context, target, pod, budget, options);
  await takeGrant(context, target, budget, options.dryRun === true);
  await markAndDelete(context, target, options);
}

/** A Pod that is not ready is missed by nobody, while enough others are healthy or its budget says so (KEP-3017). */
function needsGrant(pod: Readonly<Pod>, { spec, status }: Readonly<PodDisruptionBudget>): boolean {
  if (pod.status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True')) return true;
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return false;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return !(currentHealthy >= desiredHealthy && desiredHealthy > 0);
}

async function evictUnhealthy(
  context: RestContext,
  target: Target,
  pod: Readonly<Pod>,
  budget: Readonly<PodDisruptionBudget>,
  options: DeleteParameters,
): Promise<void> {
  try {
    await markAndDelete(context, target, withRevision(options, pod));
  } catch (error) {
    if (isReason(error, 'Conflict') && !options.preconditions?.resourceVersion)
      throw beingProcessed(budget.metadata?.name ?? '');
    throw error;
  }
}

const withRevision = (options: DeleteParameters, pod: Readonly<Pod>): DeleteParameters => ({
  ...options,
  preconditions: {
    ...options.preconditions,
    resourceVersion: options.preconditions?.resourceVersion ?? pod.metadata?.resourceVersion,
  },
});

/** Says in the Pod why it goes, then deletes it; a precondition is judged before either. */
async function markAndDelete(context: RestContext, target: Target, options: DeleteParameters): Promise<void> {
  if (options.dryRun) return void (await deleteObject(context, target, options));
  const pod = readPod(context, target);
  checkPreconditions(pod, options);
  const { resourceVersion } = options.preconditions ?? {};
  const marked = withDisruption(pod, CONDITION, context.clock.now());
  const { resourceVersion: _any, ...metadata } = marked.metadata ?? {};
  const body = resourceVersion ? marked : { ...marked, metadata };
  const written = await updateObject(context, { ...target, user: SERVER }, structuredClone(body) as KubeObject, {
    subresource: 'status',
  });
  const now = written.entry.value.metadata?.resourceVersion;
  const preconditions = resourceVersion ? { ...options.preconditions, resourceVersion: now } : options.preconditions;
  await deleteObject(context, target, { ...options, preconditions });
}

/** Throws 409, as an update of the Pod would. */
function checkPreconditions({ metadata }: Readonly<Pod>, { preconditions }: DeleteParameters): void {
  const { uid, resourceVersion } = preconditions ?? {};
  const { name = '', uid: ownUid, resourceVersion: ownRevision } = metadata ?? {};
  const refuse = (why: string): never => {
    throw conflict({ group: '', resource: 'pods' }, name, why);
  };
  if ((uid ?? ownUid) !== ownUid)
    refuse(
      `the UID in the precondition (${uid}) does not match the UID in record (${ownUid}). The object might have been deleted and then recreated`,
    );
  if ((resourceVersion ?? ownRevision) !== ownRevision)
    refuse(
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${ownRevision}). The object might have been modified`,
    );
}

/** Throws 403, 429; 504 when others are always faster. */
async function takeGrant(
  context: RestContext,
  target: Target,
  first: Readonly<PodDisruptionBudget>,
  dryRun: boolean,
): Promise<void> {
  const key = { namespace: target.namespace, name: first.metadata?.name ?? '' };
  let budget: Readonly<PodDisruptionBudget> | undefined = first;
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    if (!budget) throw notFound({ group: 'policy', resource: 'poddisruptionbudgets' }, key.name);
    const granted = grant(budget, target.name, context.clock.now());
    if (dryRun) return;
    try {
      const kind = context.registry.byResource('policy', 'v1', POD_DISRUPTION_BUDGETS.plural)!;
      const about = { kind, user: SERVER, ...key };
      await updateObject(context, about, granted as KubeObject, { subresource: 'status' });
      return;
    } catch (error) {
      if (!isReason(error, 'Conflict')) throw error;
      budget = context.store.get(registryKey(POD_DISRUPTION_BUDGETS, key))?.value as PodDisruptionBudget | undefined;
    }
  }
  const message = `couldn't update PodDisruptionBudget "${key.name}" due to conflicts`;
  throw new StatusError(504, 'Timeout', `Timeout: ${message}`, { retryAfterSeconds: RETRY_AFTER });
}

/** The budget with one disruption less, which is this Pod's. */
function grant(budget: Readonly<PodDisruptionBudget>, podName: string, now: number): PodDisruptionBudget {
  const { metadata, status } = budget;
  const name = metadata?.name ?? '';
  const about = { group: 'policy', resource: 'poddisruptionbudget' };
  if (!status || (status.observedGeneration ?? 0) < (metadata?.generation ?? 0)) throw beingProcessed(name);
  if (status.disruptionsAllowed < 0) throw forbidden(about, name, 'pdb disruptions allowed is negative');
  if (Object.keys(status.disruptedPods ?? {}).length > DISRUPTED_PODS_MAX) {
    const why = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller';
    throw forbidden(about, name, why);
  }
  if (status.disruptionsAllowed === 0) {
    const { desiredHealthy, currentHealthy } = status;
    throw refusal(
      `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
    );
  }
  const disruptionsAllowed = status.disruptionsAllowed - 1;
  const conditions =
    disruptionsAllowed === 0 ? allowanceCondition({ ...status, disruptionsAllowed }, now) : status.conditions;
  const disruptedPods = { ...status.disruptedPods, [podName]: formatTime(now) };
  return structuredClone({
    ...budget,
    status: { ...status, disruptionsAllowed, disruptedPods, ...(conditions ? { conditions } : {}) },
  }) as PodDisruptionBudget;
}

const beingProcessed = (name: string): StatusError =>
  refusal(`The disruption budget ${name} is still being processed by the server.`, RETRY_AFTER);

function refusal(message: string, retryAfterSeconds?: number): StatusError {
  return new StatusError(429, 'TooManyRequests', MESSAGE, {
    causes: [{ reason: 'DisruptionBudget', message }],
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

function budgetsOf({ store }: RestContext, { metadata }: Readonly<Pod>): Readonly<PodDisruptionBudget>[] {
  const { entries } = store.range(registryPrefix(POD_DISRUPTION_BUDGETS, metadata?.namespace));
  return entries
    .map(({ value }) => value as PodDisruptionBudget)
    .filter(({ spec }) => {
      const selector = selectorOf(spec?.selector);
      return selector !== undefined && matchesSelector(selector, metadata?.labels);
    });
}

/** Throws 404. */
function readPod(context: RestContext, target: Target): Readonly<Pod> {
  const pod = context.store.get(keyOfTarget(target))?.value as Readonly<Pod> | undefined;
  if (!pod) throw notFound(groupResource(target), target.name);
  return pod;
}

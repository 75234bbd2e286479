/**
 * POST of `pods/x/eviction`: a deletion that asks for permission. Disruption budgets are not served yet, so nothing refuses it.
 */

import type { KubeObject } from '../../base/object.ts';
import { badRequest } from '../../base/status.ts';
import type { Eviction } from '../../kinds/types.generated.ts';
import { succeeded } from './binding.ts';
import type { RestContext } from './context.ts';
import { deleteObject } from './delete.ts';
import type { Target, WriteParameters, WriteResult } from './requests.ts';

/** `target` is the pod. Throws 400, 404, 409. */
export async function evictPod(
  context: RestContext,
  target: Target,
  body: KubeObject,
  parameters: WriteParameters,
): Promise<WriteResult> {
  const { metadata, deleteOptions } = body as Eviction;
  if ((metadata?.name ?? '') !== target.name) throw badRequest('name in URL does not match name in Eviction object');
  const { gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions, dryRun } = deleteOptions ?? {};
  await deleteObject(context, target, {
    gracePeriodSeconds,
    propagationPolicy,
    orphanDependents,
    preconditions,
    dryRun: parameters.dryRun || dryRun?.includes('All'),
  });
  return succeeded();
}

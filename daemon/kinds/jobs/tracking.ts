/**
 * Under which Job's key a Pod's end is to be counted. Pure.
 */

import { controllerOf, formatKey } from '../../base/object.ts';
import type { Pod } from '../types.generated.ts';
import { JOB_NAME_LABEL, TRACKING_FINALIZER } from './names.ts';

/** Undefined: nobody counts it. One without a controller is found by its label, or by its own name: somebody has to take the finalizer off. */
export function trackingKey(pod: Readonly<Pod>): string | undefined {
  const { namespace, name = '', finalizers, labels } = pod.metadata ?? {};
  if (!finalizers?.includes(TRACKING_FINALIZER)) return undefined;
  const controller = controllerOf(pod);
  if (controller) return controller.kind === 'Job' ? formatKey({ namespace, name: controller.name }) : undefined;
  return formatKey({ namespace, name: labels?.[JOB_NAME_LABEL] ?? name });
}

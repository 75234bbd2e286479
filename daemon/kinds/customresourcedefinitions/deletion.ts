/**
 * The deletion of a CustomResourceDefinition begins by holding it until its controller has deleted all that there is of it
 * (`pkg/registry/customresourcedefinition/etcd.go`).
 */

import type { CustomResourceDefinition } from '../types.generated.ts';
import { setCondition } from './conditions.ts';

export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

/** In place; only when the deletion begins. `now` in ms since the epoch. */
export function holdForInstances(definition: CustomResourceDefinition, now: number): void {
  const meta = definition.metadata ?? {};
  if (meta.deletionTimestamp) return;
  const finalizers = meta.finalizers ?? [];
  if (!finalizers.includes(CLEANUP_FINALIZER)) meta.finalizers = [...finalizers, CLEANUP_FINALIZER];
  definition.metadata = meta;
  definition.status = setCondition(
    definition.status,
    {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionPending',
      message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    },
    now,
  );
}

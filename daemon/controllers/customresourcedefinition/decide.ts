/**
 * What becomes of a CustomResourceDefinition: its names are accepted or not, it is established, and when it goes, all that there is of it goes first
 * (`apiextensions-apiserver/pkg/controller`: naming, establishing, apiapproval, finalizer). Pure.
 */

import { deepEqual } from '../../base/json.ts';
import { type ApprovalState, approvalOf } from '../../kinds/customresourcedefinitions/approval.ts';
import { conditionOf, setCondition } from '../../kinds/customresourcedefinitions/conditions.ts';
import { CLEANUP_FINALIZER } from '../../kinds/customresourcedefinitions/deletion.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionStatus } from '../../kinds/types.generated.ts';
import type { Decision } from '../../runtime/loop.ts';
import type { DefinitionAction, DefinitionSnapshot } from './actions.ts';
import { acceptNames } from './names.ts';

const APPROVAL_REASONS: Readonly<Record<Exclude<ApprovalState, 'NotRequired'>, string>> = {
  Missing: 'MissingAnnotation',
  Invalid: 'InvalidAnnotation',
  Bypassed: 'UnapprovedAnnotation',
  Approved: 'ApprovedAnnotation',
};

/** Said before it begins: it may take a while. */
const IN_PROGRESS = {
  type: 'Terminating',
  status: 'True',
  reason: 'InstanceDeletionInProgress',
  message: 'CustomResource deletion is in progress',
};

export function decide(snapshot: DefinitionSnapshot, now: number): Decision<DefinitionAction> {
  const { key, definition, others, resource } = snapshot;
  if (definition.metadata?.deletionTimestamp) {
    if (!definition.metadata.finalizers?.includes(CLEANUP_FINALIZER)) return { actions: [] };
    if (conditionOf(definition.status, 'Terminating')?.reason === IN_PROGRESS.reason)
      return { actions: [{ type: 'deleteInstances', key, definition, resource }] };
    const status = setCondition(definition.status, IN_PROGRESS, now);
    return { actions: [{ type: 'updateStatus', key, definition, status }] };
  }
  const status = statusOf(definition, others, now);
  if (deepEqual(status, definition.status)) return { actions: [] };
  return { actions: [{ type: 'updateStatus', key, definition, status }] };
}

function statusOf(
  definition: Readonly<CustomResourceDefinition>,
  others: readonly Readonly<CustomResourceDefinition>[],
  now: number,
): CustomResourceDefinitionStatus {
  const { names, condition } = acceptNames(definition, others);
  let status = setCondition({ ...definition.status, acceptedNames: names }, condition, now);
  // Established once, established for good.
  if (conditionOf(status, 'Established')?.status !== 'True')
    status = setCondition(
      status,
      condition.status === 'True'
        ? {
            type: 'Established',
            status: 'True',
            reason: 'InitialNamesAccepted',
            message: 'the initial names have been accepted',
          }
        : { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' },
      now,
    );
  const { state, why } = approvalOf(definition);
  if (state === 'NotRequired') return status;
  const approval = {
    type: 'KubernetesAPIApprovalPolicyConformant',
    status: state === 'Approved' ? 'True' : 'False',
    reason: APPROVAL_REASONS[state],
    message: why,
  };
  return setCondition(status, approval, now);
}

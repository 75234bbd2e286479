/**
 * The rules of a Deployment (`pkg/apis/apps/validation`).
 */

import {
  type FieldError,
  type FieldPath,
  forbiddenField,
  invalidValue,
  notSupported,
  path,
  required,
} from '../../base/field.ts';
import { checkIntOrPercent, checkNotNegative, percentOf } from '../common/checks.ts';
import { goValue } from '../common/go-values.ts';
import { checkImmutable, ownMetadataErrors } from '../common/metadata.ts';
import { checkReplicaCounts, checkSelectorAndTemplate } from '../common/workload.ts';
import type { Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment } from '../types.generated.ts';

const SPEC = path('spec');
const STATUS = path('status');
const COUNTS = [
  'observedGeneration',
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
  'collisionCount',
] as const;

export function validate(deployment: Readonly<Deployment>): FieldError[] {
  const errors: FieldError[] = [];
  const spec = deployment.spec ?? ({} as DeploymentSpec);
  checkNotNegative(errors, SPEC.child('replicas'), spec.replicas);
  checkSelectorAndTemplate(errors, spec, SPEC);
  checkStrategy(errors, spec.strategy ?? {}, SPEC.child('strategy'));
  checkNotNegative(errors, SPEC.child('minReadySeconds'), spec.minReadySeconds);
  checkNotNegative(errors, SPEC.child('revisionHistoryLimit'), spec.revisionHistoryLimit);
  const deadline = spec.progressDeadlineSeconds;
  if (deadline !== undefined) {
    const at = SPEC.child('progressDeadlineSeconds');
    checkNotNegative(errors, at, deadline);
    if (deadline <= (spec.minReadySeconds ?? 0)) {
      errors.push(invalidValue(at, deadline, 'must be greater than minReadySeconds'));
    }
  }
  return errors;
}

function checkStrategy(errors: FieldError[], strategy: DeploymentStrategy, at: FieldPath): void {
  const rollingAt = at.child('rollingUpdate');
  if (strategy.type === 'Recreate') {
    if (strategy.rollingUpdate) {
      errors.push(forbiddenField(rollingAt, "may not be specified when strategy `type` is 'Recreate'"));
    }
  } else if (strategy.type === 'RollingUpdate') {
    if (strategy.rollingUpdate) checkRollingUpdate(errors, strategy.rollingUpdate, rollingAt);
    else errors.push(required(rollingAt, 'this should be defaulted and never be nil'));
  } else {
    errors.push(notSupported(at, goValue('apps.DeploymentStrategy', strategy), ['Recreate', 'RollingUpdate']));
  }
}

/** What a text or number is worth when only "is it zero" matters. */
function amountOf(value: number | string): number {
  return percentOf(value) ?? (typeof value === 'number' ? value : Number.parseInt(value, 10) || 0);
}

function checkRollingUpdate(errors: FieldError[], rolling: RollingUpdateDeployment, at: FieldPath): void {
  const { maxUnavailable = 0, maxSurge = 0 } = rolling;
  checkIntOrPercent(errors, at.child('maxUnavailable'), maxUnavailable);
  checkIntOrPercent(errors, at.child('maxSurge'), maxSurge);
  if (amountOf(maxUnavailable) === 0 && amountOf(maxSurge) === 0) {
    errors.push(
      invalidValue(
        at.child('maxUnavailable'),
        goValue('intstr.IntOrString', maxUnavailable),
        'may not be 0 when `maxSurge` is 0',
      ),
    );
  }
  if ((percentOf(maxUnavailable) ?? 0) > 100) {
    errors.push(
      invalidValue(
        at.child('maxUnavailable'),
        goValue('intstr.IntOrString', maxUnavailable),
        'must not be greater than 100%',
      ),
    );
  }
}

export function validateUpdate(deployment: Readonly<Deployment>, old: Readonly<Deployment>): FieldError[] {
  const errors = [...ownMetadataErrors(deployment, old), ...validate(deployment)];
  checkImmutable(errors, deployment.spec?.selector, old.spec?.selector, SPEC.child('selector'), 'v1.LabelSelector');
  return errors;
}

export function validateStatusUpdate(deployment: Readonly<Deployment>, old: Readonly<Deployment>): FieldError[] {
  const errors = ownMetadataErrors(deployment, old);
  const status = deployment.status ?? {};
  checkReplicaCounts(errors, status, STATUS, COUNTS, ['updatedReplicas', 'readyReplicas', 'availableReplicas']);
  const before = old.status?.collisionCount;
  if (before !== undefined && (status.collisionCount ?? -1) < before) {
    errors.push(invalidValue(STATUS.child('collisionCount'), status.collisionCount ?? 0, 'cannot be decremented'));
  }
  return errors;
}

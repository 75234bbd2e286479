/**
 * The rules of a Lease.
 */

import { type FieldError, forbiddenField, invalidValue, path } from '../../base/field.ts';
import { genericMetadataUpdateErrors } from '../common/metadata.ts';
import { NOT_SUPPORTED_YET } from '../common/pod/unsupported.ts';
import type { Lease } from '../types.generated.ts';

const SPEC = path('spec');

export function validate(lease: Readonly<Lease>): FieldError[] {
  const errors: FieldError[] = [];
  const { leaseDurationSeconds, leaseTransitions } = lease.spec ?? {};
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
    errors.push(invalidValue(SPEC.child('leaseDurationSeconds'), leaseDurationSeconds, 'must be greater than 0'));
  }
  if (leaseTransitions !== undefined && leaseTransitions < 0) {
    const detail = 'must be greater than or equal to 0';
    errors.push(invalidValue(SPEC.child('leaseTransitions'), leaseTransitions, detail));
  }
  return errors;
}

export function validateUpdate(lease: Readonly<Lease>, old: Readonly<Lease>): FieldError[] {
  return [...genericMetadataUpdateErrors(lease, old), ...validate(lease)];
}

/** Coordinated leader election is not built. */
export function unsupported(lease: Readonly<Lease>): FieldError[] {
  return (['strategy', 'preferredHolder'] as const)
    .filter((field) => lease.spec?.[field] !== undefined)
    .map((field) => forbiddenField(SPEC.child(field), NOT_SUPPORTED_YET));
}

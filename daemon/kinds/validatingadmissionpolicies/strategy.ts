/**
 * What the writes on a ValidatingAdmissionPolicy's paths keep (`pkg/registry/admissionregistration/validatingadmissionpolicy/strategy.go`).
 */

import { restore } from '../common/strategy.ts';
import type { ValidatingAdmissionPolicy } from '../types.generated.ts';

export function prepareForCreate(policy: ValidatingAdmissionPolicy): void {
  policy.status = {};
}

export function prepareForUpdate(policy: ValidatingAdmissionPolicy, old: Readonly<ValidatingAdmissionPolicy>): void {
  restore(policy, old, 'status');
}

export function prepareForStatusUpdate(
  policy: ValidatingAdmissionPolicy,
  old: Readonly<ValidatingAdmissionPolicy>,
): void {
  restore(policy, old, 'spec');
}

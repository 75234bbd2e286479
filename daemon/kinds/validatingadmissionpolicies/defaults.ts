/**
 * Defaults of a ValidatingAdmissionPolicy (`pkg/apis/admissionregistration/v1/defaults.go`).
 */

import { setMatchDefaults } from '../common/admission/rules.ts';
import type { ValidatingAdmissionPolicy } from '../types.generated.ts';

export function setDefaults(policy: ValidatingAdmissionPolicy): void {
  policy.spec ??= {};
  policy.spec.failurePolicy ??= 'Fail';
  setMatchDefaults(policy.spec.matchConstraints);
}

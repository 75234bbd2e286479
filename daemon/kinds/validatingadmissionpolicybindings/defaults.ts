/**
 * Defaults of a ValidatingAdmissionPolicyBinding (`pkg/apis/admissionregistration/v1/defaults.go`).
 */

import { setMatchDefaults } from '../common/admission/rules.ts';
import type { ValidatingAdmissionPolicyBinding } from '../types.generated.ts';

export function setDefaults(binding: ValidatingAdmissionPolicyBinding): void {
  binding.spec ??= {};
  setMatchDefaults(binding.spec.matchResources);
}

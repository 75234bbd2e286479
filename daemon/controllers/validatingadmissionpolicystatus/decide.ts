/**
 * A ValidatingAdmissionPolicy says what checking the types of its expressions has found, once for each generation
 * (`pkg/controller/validatingadmissionpolicystatus`). Pure.
 */

import type { Decision } from '../../runtime/loop.ts';
import type { PolicyStatusAction, PolicyStatusSnapshot } from './actions.ts';

export function decide({ key, policy, warnings }: PolicyStatusSnapshot): Decision<PolicyStatusAction> {
  if (!warnings) return { actions: [] };
  const status = {
    ...policy.status,
    observedGeneration: policy.metadata?.generation ?? 0,
    typeChecking: warnings.length > 0 ? { expressionWarnings: [...warnings] } : {},
  };
  return { actions: [{ type: 'updateStatus', key, policy: { ...policy, status } }] };
}

/** What the policy status loop sees and does. The key is a ValidatingAdmissionPolicy's name. */

import type { ExpressionWarning, ValidatingAdmissionPolicy } from '../../kinds/types.generated.ts';

export type PolicyStatusAction = { type: 'updateStatus'; key: string; policy: ValidatingAdmissionPolicy };

export interface PolicyStatusSnapshot {
  key: string;
  policy: ValidatingAdmissionPolicy;
  /** What checking the types of its expressions finds; undefined when its status speaks of this generation already. */
  warnings: readonly ExpressionWarning[] | undefined;
}

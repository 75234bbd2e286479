/** What the policy status loop sees of one policy. Reads its informer only. */

import type { Informer } from '../../client/informer.ts';
import type { ExpressionWarning, ValidatingAdmissionPolicy } from '../../kinds/types.generated.ts';
import type { PolicyStatusSnapshot } from './actions.ts';

export interface PolicySources {
  policies: Informer<ValidatingAdmissionPolicy>;
  checkTypes(policy: Readonly<ValidatingAdmissionPolicy>): ExpressionWarning[];
}

export function observe({ policies, checkTypes }: PolicySources, key: string): PolicyStatusSnapshot | undefined {
  const policy = policies.get({ name: key });
  if (!policy) return undefined;
  const isNew = (policy.status?.observedGeneration ?? 0) < (policy.metadata?.generation ?? 0);
  return { key, policy, warnings: isNew ? checkTypes(policy) : undefined };
}

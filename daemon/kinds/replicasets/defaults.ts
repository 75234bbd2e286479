/**
 * Defaults of a ReplicaSet.
 */

import { setTemplateDefaults } from '../common/workload.ts';
import type { ReplicaSet } from '../types.generated.ts';

export function setDefaults(set: ReplicaSet): void {
  set.spec ??= { selector: undefined as never };
  setTemplateDefaults(set.spec);
  set.spec.replicas ??= 1;
}

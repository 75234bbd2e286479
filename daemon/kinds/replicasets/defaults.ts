/**
 * Defaults of a ReplicaSet.
 */

import { showEachAsNull } from '../common/defaults.ts';
import { setTemplateDefaults } from '../common/workload.ts';
import type { ReplicaSet } from '../types.generated.ts';

export function setDefaults(set: ReplicaSet): void {
  set.spec ??= { selector: undefined as never };
  setTemplateDefaults(set.spec);
  set.spec.replicas ??= 1;
  showEachAsNull(set.status?.conditions, 'lastTransitionTime');
}

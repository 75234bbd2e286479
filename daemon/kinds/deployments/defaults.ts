/**
 * Defaults of a Deployment (`pkg/apis/apps/v1/defaults.go`).
 */

import { showEachAsNull } from '../common/defaults.ts';
import { setTemplateDefaults } from '../common/workload.ts';
import type { Deployment } from '../types.generated.ts';

const QUARTER = '25%';

export function setDefaults(deployment: Deployment): void {
  deployment.spec ??= { selector: undefined as never, template: {} };
  const { spec } = deployment;
  setTemplateDefaults(spec);
  spec.replicas ??= 1;
  spec.strategy ??= {};
  spec.strategy.type ||= 'RollingUpdate';
  if (spec.strategy.type === 'RollingUpdate') {
    spec.strategy.rollingUpdate ??= {};
    spec.strategy.rollingUpdate.maxUnavailable ??= QUARTER;
    spec.strategy.rollingUpdate.maxSurge ??= QUARTER;
  }
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  showEachAsNull(deployment.status?.conditions, 'lastUpdateTime', 'lastTransitionTime');
}

/**
 * Defaults of a FlowSchema (`pkg/apis/flowcontrol/v1/defaults.go`).
 */

import { showEachAsNull } from '../common/defaults.ts';
import type { FlowSchema } from '../types.generated.ts';

const MATCHING_PRECEDENCE = 1_000;

export function setDefaults(flowSchema: FlowSchema): void {
  showEachAsNull(flowSchema.status?.conditions, 'lastTransitionTime');
  flowSchema.spec ??= { priorityLevelConfiguration: { name: '' } };
  flowSchema.spec.matchingPrecedence ||= MATCHING_PRECEDENCE;
}

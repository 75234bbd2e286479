/**
 * What the writes on a ReplicaSet's paths keep (`pkg/registry/apps/replicaset/strategy.go`).
 */

import { restore } from '../common/strategy.ts';
import { showTemplateTime } from '../common/workload.ts';
import type { ReplicaSet } from '../types.generated.ts';

export function prepareForCreate(set: ReplicaSet): void {
  showTemplateTime(set);
  set.status = { replicas: 0 };
}

export function prepareForUpdate(set: ReplicaSet, old: Readonly<ReplicaSet>): void {
  showTemplateTime(set);
  restore(set, old, 'status');
}

export function prepareForStatusUpdate(set: ReplicaSet, old: Readonly<ReplicaSet>): void {
  restore(set, old, 'spec');
}

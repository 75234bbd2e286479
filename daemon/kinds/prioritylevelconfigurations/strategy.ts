/**
 * What the writes on a PriorityLevelConfiguration's paths keep (`pkg/registry/flowcontrol/prioritylevelconfiguration/strategy.go`).
 */

import { restore } from '../common/strategy.ts';
import type { PriorityLevelConfiguration } from '../types.generated.ts';

export function prepareForCreate(level: PriorityLevelConfiguration): void {
  level.status = {};
}

export function prepareForUpdate(level: PriorityLevelConfiguration, old: Readonly<PriorityLevelConfiguration>): void {
  restore(level, old, 'status');
}

export function prepareForStatusUpdate(
  level: PriorityLevelConfiguration,
  old: Readonly<PriorityLevelConfiguration>,
): void {
  restore(level, old, 'spec');
}

/**
 * What the writes on a Deployment's paths keep (`pkg/registry/apps/deployment/strategy.go`).
 */

import { restore } from '../common/strategy.ts';
import { showTemplateTime } from '../common/workload.ts';
import type { Deployment } from '../types.generated.ts';

export function prepareForCreate(deployment: Deployment): void {
  showTemplateTime(deployment);
  deployment.status = {};
}

export function prepareForUpdate(deployment: Deployment, old: Readonly<Deployment>): void {
  showTemplateTime(deployment);
  restore(deployment, old, 'status');
}

export function prepareForStatusUpdate(deployment: Deployment, old: Readonly<Deployment>): void {
  restore(deployment, old, 'spec');
  deployment.metadata ??= {};
  if (old.metadata?.labels) deployment.metadata.labels = old.metadata.labels;
  else delete deployment.metadata.labels;
}

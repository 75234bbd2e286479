/**
 * What the writes on a ResourceQuota's paths keep (`pkg/registry/core/resourcequota/strategy.go`).
 */

import { restore } from '../common/strategy.ts';
import type { ResourceQuota } from '../types.generated.ts';

export function prepareForCreate(quota: ResourceQuota): void {
  quota.status = {};
}

export function prepareForUpdate(quota: ResourceQuota, old: Readonly<ResourceQuota>): void {
  restore(quota, old, 'status');
}

export function prepareForStatusUpdate(quota: ResourceQuota, old: Readonly<ResourceQuota>): void {
  restore(quota, old, 'spec');
}

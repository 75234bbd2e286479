/** What the resource quota loop sees and does. Keys are `namespace/name` of ResourceQuotas. */

import type { KubeObject } from '../../base/object.ts';
import type { StoredResource } from '../../base/registry-key.ts';
import type { ResourceQuota, ResourceQuotaStatus } from '../../kinds/types.generated.ts';

export interface ResourceQuotaSnapshot {
  key: string;
  quota: ResourceQuota;
  /** The namespace's objects of each resource that the quota counts and that is served. */
  counted: readonly { resource: StoredResource; objects: readonly KubeObject[] }[];
}

export type ResourceQuotaAction = {
  type: 'updateStatus';
  key: string;
  quota: ResourceQuota;
  status: ResourceQuotaStatus;
};

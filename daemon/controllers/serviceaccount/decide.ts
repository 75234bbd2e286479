/** Every active namespace has a ServiceAccount `default` (`serviceaccounts_controller.go`). Pure. */

import type { Decision } from '../../runtime/loop.ts';
import type { ServiceAccountAction, ServiceAccountSnapshot } from './actions.ts';

export const DEFAULT_NAME = 'default';

export function decide({ key, namespace, existing }: ServiceAccountSnapshot): Decision<ServiceAccountAction> {
  const isTerminating =
    namespace.status?.phase === 'Terminating' || namespace.metadata?.deletionTimestamp !== undefined;
  if (existing || isTerminating) return { actions: [] };
  const metadata = { name: DEFAULT_NAME, namespace: key };
  const serviceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata };
  return { actions: [{ type: 'createServiceAccount', key, serviceAccount }] };
}

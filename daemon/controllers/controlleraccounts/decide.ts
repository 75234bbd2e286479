/**
 * Every controller that acts as a service account of `kube-system` has that account, also when somebody deletes it: upstream's controller manager makes
 * it whenever it needs a token and it is not there (`getOrCreateServiceAccount`). Pure.
 */

import type { Decision } from '../../runtime/loop.ts';
import { ACCOUNTS_NAMESPACE } from '../accounts.ts';
import type { ControllerAccountAction, ControllerAccountSnapshot } from './actions.ts';

export function decide({ key, existing }: ControllerAccountSnapshot): Decision<ControllerAccountAction> {
  if (existing) return { actions: [] };
  const metadata = { name: key, namespace: ACCOUNTS_NAMESPACE };
  const serviceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata };
  return { actions: [{ type: 'createServiceAccount', key, serviceAccount }] };
}

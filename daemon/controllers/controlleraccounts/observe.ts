/** What the loop of the controllers' accounts sees of one account. Reads informers only. */

import type { SharedInformers } from '../../runtime/shared-informers.ts';
import { ACCOUNTS_NAMESPACE } from '../accounts.ts';
import type { ControllerAccountSnapshot } from './actions.ts';

export const observe = (informers: SharedInformers, key: string): ControllerAccountSnapshot => ({
  key,
  existing: informers.serviceAccounts.get({ namespace: ACCOUNTS_NAMESPACE, name: key }),
});

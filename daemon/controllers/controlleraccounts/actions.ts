/** What the loop of the controllers' accounts sees and does. The key is an account's name. */

import type { ServiceAccount } from '../../kinds/types.generated.ts';

export interface ControllerAccountAction {
  type: 'createServiceAccount';
  key: string;
  serviceAccount: ServiceAccount;
}

export interface ControllerAccountSnapshot {
  key: string;
  existing: ServiceAccount | undefined;
}

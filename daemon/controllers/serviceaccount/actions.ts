/** What the ServiceAccount loop sees and does. The key is a namespace's name. */

import type { Namespace, ServiceAccount } from '../../kinds/types.generated.ts';

export interface ServiceAccountAction {
  type: 'createServiceAccount';
  key: string;
  serviceAccount: ServiceAccount;
}

export interface ServiceAccountSnapshot {
  key: string;
  namespace: Namespace;
  existing: ServiceAccount | undefined;
}

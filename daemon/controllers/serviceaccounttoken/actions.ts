/** What the loop of token Secrets sees and does. The key is a Secret's `namespace/name`. */

import type { Secret, ServiceAccount } from '../../kinds/types.generated.ts';

export type AccountTokenAction =
  | { type: 'fill'; key: string; secret: Secret; account: { name: string; uid: string }; needsToken: boolean }
  | { type: 'deleteSecret'; key: string; secret: Secret };

export interface AccountTokenSnapshot {
  key: string;
  secret: Secret;
  account: ServiceAccount | undefined;
  /** PEM certificates by which pods verify the API server. */
  ca: string;
}

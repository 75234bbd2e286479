/** What the token cleaner sees and does. The key is a bootstrap token Secret's `namespace/name`. */

import type { Secret } from '../../kinds/types.generated.ts';

export type TokenCleanerAction = { type: 'deleteToken'; key: string; secret: Secret };

export interface TokenCleanerSnapshot {
  key: string;
  secret: Secret;
}

/**
 * What of a ServiceAccount is kept (`pkg/registry/core/serviceaccount`): its Secrets stand in its own namespace, so only their names tell something.
 */

import type { ServiceAccount } from '../types.generated.ts';

export function keepOnlySecretNames(account: ServiceAccount): void {
  account.secrets = account.secrets?.map(({ name }) => (name ? { name } : {}));
  if (!account.secrets) delete account.secrets;
}

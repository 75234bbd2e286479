/** What the loop of token Secrets sees of one. Reads informers only. */

import type { Informer } from '../../client/informer.ts';
import type { Secret, ServiceAccount } from '../../kinds/types.generated.ts';
import type { AccountTokenSnapshot } from './actions.ts';
import { ACCOUNT_NAME } from './decide.ts';

export interface AccountTokenSources {
  secrets: Informer<Secret>;
  accounts: Informer<ServiceAccount>;
  ca: string;
}

export function observe({ secrets, accounts, ca }: AccountTokenSources, key: string): AccountTokenSnapshot | undefined {
  const [namespace = '', name = ''] = key.split('/');
  const secret = secrets.get({ namespace, name });
  if (!secret) return undefined;
  const account = accounts.get({ namespace, name: secret.metadata?.annotations?.[ACCOUNT_NAME] ?? '' });
  return { key, secret, account, ca };
}

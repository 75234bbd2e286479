/**
 * A Secret of the type `kubernetes.io/service-account-token` gets its account's token, the authority and the namespace, and goes with the account
 * (`pkg/controller/serviceaccount/tokens_controller.go`). Pure.
 */

import type { Decision } from '../../runtime/loop.ts';
import type { AccountTokenAction, AccountTokenSnapshot } from './actions.ts';

export const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
export const ACCOUNT_UID = 'kubernetes.io/service-account.uid';
export const TOKEN_TYPE = 'kubernetes.io/service-account-token';

export function decide({ key, secret, account, ca }: AccountTokenSnapshot): Decision<AccountTokenAction> {
  if (secret.metadata?.deletionTimestamp) return { actions: [] };
  const told = secret.metadata?.annotations?.[ACCOUNT_UID];
  const uid = account?.metadata?.uid;
  if (!account || !uid || (told && told !== uid)) return { actions: [{ type: 'deleteSecret', key, secret }] };
  const { data = {} } = secret;
  const needsToken = !data['token'];
  const isWhole =
    !needsToken && told === uid && Boolean(data['namespace']) && data['ca.crt'] === Buffer.from(ca).toString('base64');
  if (isWhole) return { actions: [] };
  const name = account.metadata?.name ?? '';
  return { actions: [{ type: 'fill', key, secret, account: { name, uid }, needsToken }] };
}

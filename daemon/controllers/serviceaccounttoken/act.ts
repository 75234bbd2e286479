/** Executes the actions of the loop of token Secrets: signs, writes, deletes. */

import { keyOf } from '../../base/object.ts';
import type { Client } from '../../client/client.ts';
import { SECRETS } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import { ignoringNotFound } from '../shared/errors.ts';
import type { Signing } from '../shared/signing.ts';
import type { AccountTokenAction, AccountTokenSnapshot } from './actions.ts';
import { ACCOUNT_NAME, ACCOUNT_UID } from './decide.ts';

const encode = (text: string): string => Buffer.from(text).toString('base64');

export function createAct(
  client: Client,
  signing: Signing,
  ca: string,
): Loop<AccountTokenSnapshot, AccountTokenAction>['act'] {
  return {
    fill: async ({ secret, account, needsToken }) => {
      const { name = '', namespace = '', annotations = {} } = secret.metadata ?? {};
      const token = needsToken ? encode(await signing.accountToken({ namespace, account, secret: name })) : undefined;
      await client.update(SECRETS, {
        ...secret,
        metadata: {
          ...secret.metadata,
          annotations: { ...annotations, [ACCOUNT_NAME]: account.name, [ACCOUNT_UID]: account.uid },
        },
        data: {
          ...secret.data,
          'ca.crt': encode(ca),
          namespace: secret.data?.['namespace'] || encode(namespace),
          ...(token ? { token } : {}),
        },
      });
    },
    deleteSecret: ({ secret }) => {
      const { uid, resourceVersion } = secret.metadata ?? {};
      return ignoringNotFound(client.delete(SECRETS, keyOf(secret), { preconditions: { uid, resourceVersion } }));
    },
  };
}

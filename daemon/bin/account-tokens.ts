/** Service accounts' tokens over the store: what they are bound to, and the Secrets that hold some of them. */

import { LAST_USED_LABEL, type SecretTokenContext, type SecretTokenLookup } from '../auth/secret-token.ts';
import { openServiceAccountTokens, type ServiceAccountTokens } from '../auth/service-account-token.ts';
import type { UidLookup } from '../auth/token-identity.ts';
import { parseTime, systemClock, systemIds } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { registryKey } from '../base/registry-key.ts';
import type { Client } from '../client/client.ts';
import { NODES, PODS, SECRETS, SERVICE_ACCOUNTS } from '../kinds/resources.ts';
import type { Secret, ServiceAccount } from '../kinds/types.generated.ts';
import type { Store } from '../store/store.ts';
import type { AuthenticationOptions } from './authentication.ts';

export interface AccountTokensParts {
  keysDir: string;
  store: Store;
  options: AuthenticationOptions;
  /** As the server itself; asked for when it is first needed. */
  client(): Client;
  log: Logger;
}

export function openAccountTokens({
  keysDir,
  store,
  options,
  client,
  log,
}: AccountTokensParts): Promise<ServiceAccountTokens> {
  return openServiceAccountTokens(keysDir, systemClock, systemIds, uidLookup(store), {
    secretTokenOf: secretTokenLookup(store),
    markUsed: markSecrets(client, log),
    extendsExpiration: options.serviceAccountExtendTokenExpiration !== 'false',
  });
}

const RESOURCES_BY_KIND = { ServiceAccount: SERVICE_ACCOUNTS, Pod: PODS, Secret: SECRETS, Node: NODES };

/** A token outlives the beginning of the end of what it is bound to by a minute (`jwt.DefaultLeeway`). */
const GOING_MS_MAX = 60_000;

function uidLookup(store: Store): UidLookup {
  return (kind, namespace, name) => {
    const key = namespace && kind !== 'Node' ? { namespace, name } : { name };
    const metadata = store.get(registryKey(RESOURCES_BY_KIND[kind], key))?.value.metadata;
    const going = metadata?.deletionTimestamp;
    return going && parseTime(going) < systemClock.now() - GOING_MS_MAX ? undefined : metadata?.uid;
  };
}

function secretTokenLookup(store: Store): SecretTokenLookup {
  return (namespace, name, accountName) => {
    const { metadata, data } = (store.get(registryKey(SECRETS, { namespace, name }))?.value ?? {}) as Secret;
    const token = metadata?.deletionTimestamp ? undefined : data?.['token'];
    if (token === undefined) return undefined;
    const key = registryKey(SERVICE_ACCOUNTS, { namespace, name: accountName });
    const { secrets = [] } = (store.get(key)?.value ?? {}) as ServiceAccount;
    return {
      token: Buffer.from(token, 'base64').toString('utf8'),
      uid: metadata?.uid ?? '',
      labels: metadata?.labels ?? {},
      isListed: secrets.some((one) => one.name === name),
    };
  };
}

/** Requests that come while the first one writes the date wait for it. What goes wrong is told: the token is good all the same. */
function markSecrets(client: () => Client, log: Logger): SecretTokenContext['markUsed'] {
  const underWay = new Map<string, Promise<void>>();
  const mark = async ({ namespace, name, uid }: Parameters<SecretTokenContext['markUsed']>[0], date: string) => {
    const patch = { metadata: { uid, labels: { [LAST_USED_LABEL]: date } } };
    try {
      await client().patch(SECRETS, { namespace, name }, patch, { type: 'merge' });
    } catch (error) {
      log.warn(
        { err: error, secret: `${namespace}/${name}` },
        'a token’s Secret could not be labelled with its last use',
      );
    }
  };
  return (secret, date) => {
    const key = `${secret.namespace}/${secret.name}`;
    const marking = underWay.get(key) ?? mark(secret, date).finally(() => underWay.delete(key));
    underWay.set(key, marking);
    return marking;
  };
}

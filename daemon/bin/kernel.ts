/**
 * The state and the rules: store, kinds, authentication, authorization, admission and the REST verbs' context. No network, no git, no loops.
 */

import { createAdmissionEnvironment } from '../admission/environment.ts';
import type { RestContext } from '../api/rest/context.ts';
import type { Past } from '../api/rest/past.ts';
import type { Persistence } from '../api/rest/persist.ts';
import { createRuntimePersistence } from '../api/rest/runtime-persistence.ts';
import { type Authenticator, createAuthenticator } from '../auth/authenticate.ts';
import { createGrantGuard } from '../auth/grants.ts';
import { createRbacAuthorizer } from '../auth/rbac.ts';
import { createReviewer } from '../auth/reviews.ts';
import { openServiceAccountTokens, type ServiceAccountTokens, type UidLookup } from '../auth/service-account-token.ts';
import { createStoredRoles } from '../auth/stored-roles.ts';
import type { UserInfo } from '../auth/user.ts';
import { systemClock, systemIds, systemRandom } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { registryKey } from '../base/registry-key.ts';
import type { Client } from '../client/client.ts';
import { createInProcessClient } from '../client/in-process.ts';
import { createKindRegistry } from '../kinds/registry.ts';
import { NODES, PODS, SECRETS, SERVICE_ACCOUNTS } from '../kinds/resources.ts';
import { loadSchemas } from '../schema/load.ts';
import { createStore } from '../store/create-store.ts';
import { encryptLog } from '../store/encrypted-log.ts';
import { openFileLog } from '../store/file-log.ts';
import type { Log } from '../store/log.ts';
import type { Store } from '../store/store.ts';
import { readStaticTokens } from './static-tokens.ts';
import { openStoreKey } from './store-key.ts';

export interface Kernel {
  readonly store: Store;
  readonly context: RestContext;
  readonly authenticator: Authenticator;
  readonly tokens: ServiceAccountTokens;
  /** Replaces where writes go: git's write-back wraps the plain persistence once git is open. */
  persistWith(wrap: (runtime: Persistence) => Persistence): void;
  /** Who answers for revisions that the store has let go of. */
  rememberWith(past: Past): void;
  clientFor(username: string, groups: readonly string[], fieldManager: string): Client;
}

export interface KernelOptions {
  storeDir: string;
  /** Makes the store of its log; without it, what the log holds. */
  openStore?(log: Log): Promise<Store>;
  keysDir: string;
  serviceCidr: string;
  log: Logger;
}

const SECRETS_PREFIX = '/registry/core/secrets/';

const RESOURCES_BY_KIND = { ServiceAccount: SERVICE_ACCOUNTS, Pod: PODS, Secret: SECRETS, Node: NODES };

function uidLookup(store: Store): UidLookup {
  return (kind, namespace, name) => {
    const key = namespace && kind !== 'Node' ? { namespace, name } : { name };
    return store.get(registryKey(RESOURCES_BY_KIND[kind], key))?.value.metadata?.uid;
  };
}

export async function openKernel(options: KernelOptions): Promise<Kernel> {
  const { storeDir, keysDir, serviceCidr, log, openStore = createStore } = options;
  const encryption = { key: await openStoreKey(keysDir), covers: (key: string) => key.startsWith(SECRETS_PREFIX) };
  const store = await openStore(encryptLog(await openFileLog(storeDir), encryption));
  const schemas = loadSchemas();
  const registry = createKindRegistry();
  const parts = { store, registry, schemas, clock: systemClock, ids: systemIds, random: systemRandom };
  const admission = createAdmissionEnvironment({ ...parts, serviceCidr });
  const tokens = await openServiceAccountTokens(keysDir, systemClock, systemIds, uidLookup(store));
  const roles = createStoredRoles(store);
  const authorizer = createRbacAuthorizer(roles);
  const authenticator = createAuthenticator(tokens, await readStaticTokens(keysDir));
  const runtime = createRuntimePersistence(store);
  let persistence = runtime;
  let past: Past | undefined;
  const context: RestContext = {
    ...parts,
    get past() {
      return past;
    },
    persistence: { write: (write) => persistence.write(write) },
    log,
    authorizer,
    tokens,
    reviewer: createReviewer({ authorizer, authenticator }),
    grants: createGrantGuard(authorizer, roles),
    admission,
  };
  return {
    store,
    context,
    authenticator,
    tokens,
    persistWith: (wrap) => {
      persistence = wrap(runtime);
    },
    rememberWith: (remembering) => {
      past = remembering;
    },
    clientFor: (username, groups, fieldManager) => {
      const user: UserInfo = { username, groups: [...groups, 'system:authenticated'] };
      return createInProcessClient(context, user, { fieldManager });
    },
  };
}

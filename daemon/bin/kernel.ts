/**
 * The state and the rules: store, kinds, authentication, authorization, admission and the REST verbs' context. No network, no git, no loops.
 */

import type { AdmissionConfiguration } from '../admission/configuration.ts';
import { createAdmissionEnvironment } from '../admission/environment.ts';
import { type ComponentProblems, measureComponents } from '../api/rest/components.ts';
import type { RestContext } from '../api/rest/context.ts';
import { serveCustomKinds } from '../api/rest/custom-kinds.ts';
import type { Measurement } from '../api/rest/measured.ts';
import type { Past } from '../api/rest/past.ts';
import type { Persistence } from '../api/rest/persist.ts';
import { createRuntimePersistence } from '../api/rest/runtime-persistence.ts';
import type { NodeServices } from '../api/stream/pod-target.ts';
import { measureUsage } from '../api/stream/usage.ts';
import type { Authenticator } from '../auth/authenticate.ts';
import { createGrantGuard } from '../auth/grants.ts';
import { createNodeAuthorizer } from '../auth/node-authorizer.ts';
import { createNodeGraph } from '../auth/node-graph.ts';
import { createRbacAuthorizer } from '../auth/rbac.ts';
import { createReviewer } from '../auth/reviews.ts';
import type { ServiceAccountTokens } from '../auth/service-account-token.ts';
import { createStoredRoles } from '../auth/stored-roles.ts';
import { createUnionAuthorizer } from '../auth/union-authorizer.ts';
import type { UserInfo } from '../auth/user.ts';
import { systemClock, systemIds, systemRandom } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { createTurnQueue } from '../base/turn.ts';
import type { Client } from '../client/client.ts';
import { createInProcessClient } from '../client/in-process.ts';
import { API_SERVER } from '../controllers/accounts.ts';
import { withCustomSchemas } from '../kinds/custom-schemas.ts';
import type { Kind } from '../kinds/kind.ts';
import { createKindRegistry } from '../kinds/registry.ts';
import { loadSchemas } from '../schema/load.ts';
import { createStore } from '../store/create-store.ts';
import { encryptLog } from '../store/encrypted-log.ts';
import { openFileLog } from '../store/file-log.ts';
import type { Log } from '../store/log.ts';
import { type LogObservations, observeLog } from '../store/observed-log.ts';
import type { Store } from '../store/store.ts';
import type { WebhookCaller } from '../webhook/caller.ts';
import { createConversionWebhooks } from '../webhook/convert.ts';
import { openAccountTokens } from './account-tokens.ts';
import type { Audit } from './audit.ts';
import { type AuthenticationOptions, openAuthenticator } from './authentication.ts';
import { openStoreKey } from './store-key.ts';
import { admissionWebhooks, openWebhooks } from './webhooks.ts';

export interface Kernel {
  readonly store: Store;
  /** How its writes fare. */
  readonly storeWrites: LogObservations;
  readonly context: RestContext;
  readonly authenticator: Authenticator;
  readonly tokens: ServiceAccountTokens;
  /** Calls whatever webhooks cluster objects configure. */
  readonly webhooks: WebhookCaller;
  /** Replaces where writes go: git's write-back wraps the plain persistence once git is open. */
  persistWith(wrap: (runtime: Persistence) => Persistence): void;
  /** Who answers for revisions that the store has let go of. */
  rememberWith(past: Past): void;
  /** Who answers how the parts of the control plane are. */
  tellComponents(read: () => ComponentProblems): void;
  clientFor(username: string, groups: readonly string[], fieldManager: string): Client;
}

export interface KernelOptions {
  storeDir: string;
  /** Makes the store of its log; without it, what the log holds. */
  openStore?(log: Log): Promise<Store>;
  keysDir: string;
  serviceCidr: string;
  /** Whom to know beside certificates and service accounts. */
  authentication?: AuthenticationOptions;
  /** By which Services are reached that answer for webhooks. */
  nodes: NodeServices;
  /** Told of every write. */
  audit?: Audit;
  /** Of admission plugins; without it theirs. */
  admission?: AdmissionConfiguration;
  log: Logger;
}

const SECRETS_PREFIX = '/registry/core/secrets/';

function measureKind(kind: Kind, store: Store, nodes: NodeServices, components: () => ComponentProblems): Measurement {
  if (kind.resource.group === '') return measureComponents(components());
  return { objects: measureUsage({ store, nodes, clock: systemClock }, kind) };
}

export async function openKernel(options: KernelOptions): Promise<Kernel> {
  const { storeDir, keysDir, serviceCidr, nodes, log, openStore = createStore, authentication = {} } = options;
  const encryption = { key: await openStoreKey(keysDir), covers: (key: string) => key.startsWith(SECRETS_PREFIX) };
  const { log: observed, observations } = observeLog(await openFileLog(storeDir), systemClock);
  const store = await openStore(encryptLog(observed, encryption));
  const webhooks = openWebhooks(store, nodes, systemRandom);
  const askWebhook = createConversionWebhooks({ post: (call) => webhooks.post(call), ids: systemIds });
  const registry = createKindRegistry([], { askWebhook });
  const schemas = withCustomSchemas(loadSchemas(), registry);
  const parts = { store, registry, schemas, clock: systemClock, ids: systemIds, random: systemRandom };
  serveCustomKinds(store, registry);
  const asServer = () => clientFor(API_SERVER.username, API_SERVER.groups, API_SERVER.fieldManager);
  const tokens = await openAccountTokens({ keysDir, store, options: authentication, client: asServer, log });
  const roles = createStoredRoles(store);
  const rbac = createRbacAuthorizer(roles);
  const authorizer = createUnionAuthorizer([createNodeAuthorizer(createNodeGraph(store)), rbac]);
  const authenticator = await openAuthenticator({ store, keysDir, accounts: tokens, options: authentication, log });
  const judging = { ...parts, serviceCidr, authorizer, configuration: options.admission };
  const admission = { ...createAdmissionEnvironment(judging), webhooks: admissionWebhooks(webhooks) };
  const runtime = createRuntimePersistence(store);
  const audited = (inner: Persistence) => options.audit?.persistence(inner) ?? inner;
  let persistence = runtime;
  let past: Past | undefined;
  let components = (): ComponentProblems => ({});
  const annotate = (key: string, value: string) => options.audit?.auditor.current()?.annotate(key, value);
  const context: RestContext = {
    ...parts,
    get past() {
      return past;
    },
    persistence: audited({
      get sharedManager() {
        return persistence.sharedManager;
      },
      write: (write) => persistence.write(write),
    }),
    log,
    authorizer,
    tokens,
    reviewer: createReviewer({ authorizer, authenticator, annotate }),
    grants: createGrantGuard(rbac, roles),
    turns: createTurnQueue(),
    annotate,
    measure: (kind) => measureKind(kind, store, nodes, components),
    admission,
  };
  const clientFor = (username: string, groups: readonly string[], fieldManager: string): Client => {
    const user: UserInfo = { username, groups: [...groups, 'system:authenticated'] };
    const auditor = options.audit?.auditor;
    return createInProcessClient(context, user, { fieldManager, audit: auditor?.act.bind(auditor) });
  };
  return {
    store,
    storeWrites: observations,
    context,
    authenticator,
    tokens,
    webhooks,
    persistWith: (wrap) => {
      persistence = wrap(runtime);
    },
    rememberWith: (remembering) => {
      past = remembering;
    },
    tellComponents: (read) => {
      components = read;
    },
    clientFor,
  };
}

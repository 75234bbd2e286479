/**
 * As whom each controller acts: upstream's users (`--use-service-account-credentials`, as every distribution runs its controller manager), so that
 * audit logs, policies and priority levels that name them hold here. Data only; their rights are in `auth/controller-roles.ts`.
 */

export interface ActingUser {
  readonly username: string;
  readonly groups: readonly string[];
  /** In managedFields: what the program of this user is called. */
  readonly fieldManager: string;
}

const MANAGER = 'kube-controller-manager';

/** Holds the informers that all controllers share, and issues what is no single controller's. */
export const CONTROLLER_MANAGER: ActingUser = { username: `system:${MANAGER}`, groups: [], fieldManager: MANAGER };
export const SCHEDULER: ActingUser = { username: 'system:kube-scheduler', groups: [], fieldManager: 'kube-scheduler' };
/** Loops that upstream runs within the API server itself. */
export const API_SERVER: ActingUser = {
  username: 'system:apiserver',
  groups: ['system:masters'],
  fieldManager: 'kube-apiserver',
};

/** Where the accounts are that controllers act as. */
export const ACCOUNTS_NAMESPACE = 'kube-system';
const ACCOUNT_PREFIX = `system:serviceaccount:${ACCOUNTS_NAMESPACE}:`;

const account = (name: string): ActingUser => ({
  username: `${ACCOUNT_PREFIX}${name}`,
  groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system'],
  fieldManager: MANAGER,
});

/** Folder → user. The completeness test compares this with the table of controllers. */
export const ACTING_USERS: Readonly<Record<string, ActingUser>> = {
  certificatesigningrequest: account('certificate-controller'),
  clusterroleaggregation: account('clusterrole-aggregation-controller'),
  // As upstream: whoever needs an account to act as cannot make it.
  controlleraccounts: CONTROLLER_MANAGER,
  customresourcedefinition: API_SERVER,
  deployment: account('deployment-controller'),
  disruption: account('disruption-controller'),
  endpoints: account('endpoint-controller'),
  endpointslice: account('endpointslice-controller'),
  endpointslicemirroring: account('endpointslicemirroring-controller'),
  flowcontrolbootstrap: API_SERVER,
  flowschema: API_SERVER,
  garbagecollector: account('generic-garbage-collector'),
  job: account('job-controller'),
  legacytokentracking: API_SERVER,
  namespace: account('namespace-controller'),
  nodeipam: account('node-controller'),
  nodelifecycle: account('node-controller'),
  podgc: account('pod-garbage-collector'),
  replicaset: account('replicaset-controller'),
  resourcequota: account('resourcequota-controller'),
  rootca: account('root-ca-cert-publisher'),
  serviceaccount: account('service-account-controller'),
  // Upstream's, too, is the manager itself: with an account of its own it would issue its own token.
  serviceaccounttoken: CONTROLLER_MANAGER,
  tainteviction: account('node-controller'),
  tokencleaner: account('token-cleaner'),
  ttlafterfinished: account('ttl-after-finished-controller'),
  validatingadmissionpolicystatus: account('validatingadmissionpolicy-status-controller'),
};

/** The names of those service accounts. */
export const accountNames = (): ReadonlySet<string> =>
  new Set(
    Object.values(ACTING_USERS)
      .filter(({ username }) => username.startsWith(ACCOUNT_PREFIX))
      .map(({ username }) => username.slice(ACCOUNT_PREFIX.length)),
  );

/**
 * What each controller may do (`bootstrappolicy/controller_policy.go`, `namespace_policy.go`), by the name of its account in `kube-system`.
 * Upstream's rules, of the controllers that run here, and `OURS`: where a loop reads again before it tries again, or patches what upstream's
 * updates. Data only; which loop is which account stands in `controllers/accounts.ts`.
 */

import type { PolicyRule } from './rbac.ts';
import { ACCESS_REVIEWS, EVENTS, READ, rule } from './rule-notation.ts';

/** Beyond upstream's rules, of what the same rules let it list or write in another way. */
const OURS = {
  'deployment-controller': [rule('apps', 'deployments/status', 'patch')],
  'job-controller': [rule('core', 'pods', 'get')],
  'pod-garbage-collector': [rule('core', 'pods', 'get'), rule('core', 'pods/status', 'update')],
  'replicaset-controller': [rule('core', 'pods', 'get')],
  // Of a Job that git keeps, only the pods go.
  'ttl-after-finished-controller': [rule('core', 'pods', 'delete get list')],
};

const certificates = 'certificates.k8s.io';

/** ClusterRoles `system:controller:<account>`. */
export const CONTROLLER_ROLES: Readonly<Record<string, readonly PolicyRule[]>> = {
  'certificate-controller': [
    rule(certificates, 'certificatesigningrequests', 'delete get list watch'),
    rule(certificates, 'certificatesigningrequests/approval certificatesigningrequests/status', 'update'),
    rule(certificates, 'signers', 'approve', 'kubernetes.io/kube-apiserver-client-kubelet'),
    rule(
      certificates,
      'signers',
      'sign',
      'kubernetes.io/kube-apiserver-client kubernetes.io/kube-apiserver-client-kubelet kubernetes.io/kubelet-serving kubernetes.io/legacy-unknown',
    ),
    ACCESS_REVIEWS,
    EVENTS,
  ],
  // It must be able to give a role any right.
  'clusterrole-aggregation-controller': [
    rule('rbac.authorization.k8s.io', 'clusterroles', 'escalate get list patch update watch'),
  ],
  'deployment-controller': [
    rule('apps extensions', 'deployments', 'get list update watch'),
    rule('apps extensions', 'deployments/status', 'update'),
    rule('apps extensions', 'deployments/finalizers', 'update'),
    rule('apps extensions', 'replicasets', 'create delete get list patch update watch'),
    rule('core', 'pods', 'get list update watch'),
    EVENTS,
    ...OURS['deployment-controller'],
  ],
  'disruption-controller': [
    rule('apps extensions', 'deployments', READ),
    rule('apps extensions', 'replicasets', READ),
    rule('core', 'replicationcontrollers', READ),
    rule('policy', 'poddisruptionbudgets', READ),
    rule('apps', 'statefulsets', READ),
    rule('policy', 'poddisruptionbudgets/status', 'update'),
    rule('core', 'pods/status', 'patch update'),
    rule('*', '*/scale', 'get'),
    EVENTS,
  ],
  'endpoint-controller': [
    rule('core', 'pods services', READ),
    rule('core', 'endpoints', 'create delete get list update watch'),
    rule('core', 'endpoints/restricted', 'create'),
    EVENTS,
  ],
  'endpointslice-controller': [
    rule('core', 'nodes pods services', READ),
    rule('core', 'services/finalizers', 'update'),
    rule('discovery.k8s.io', 'endpointslices', 'create delete get list update watch'),
    EVENTS,
  ],
  'endpointslicemirroring-controller': [
    rule('core', 'endpoints services', READ),
    rule('core', 'services/finalizers', 'update'),
    rule('core', 'endpoints/finalizers', 'update'),
    rule('discovery.k8s.io', 'endpointslices', 'create delete get list update watch'),
    EVENTS,
  ],
  'generic-garbage-collector': [rule('*', '*', 'delete get list patch update watch'), EVENTS],
  'job-controller': [
    rule('batch', 'jobs', 'get list patch update watch'),
    rule('batch', 'jobs/status', 'update'),
    rule('batch', 'jobs/finalizers', 'update'),
    rule('core', 'pods', 'create delete list patch watch'),
    EVENTS,
    ...OURS['job-controller'],
  ],
  'namespace-controller': [
    rule('core', 'namespaces', 'delete get list watch'),
    rule('core', 'namespaces/finalize namespaces/status', 'update'),
    rule('*', '*', 'delete deletecollection get list watch'),
  ],
  'node-controller': [
    rule('core', 'nodes', 'delete get list patch update watch'),
    rule('core', 'nodes/status', 'patch update'),
    rule('core', 'pods/status', 'patch update'),
    rule('core', 'pods', 'delete get list watch'),
    EVENTS,
  ],
  'pod-garbage-collector': [
    rule('core', 'pods', 'delete list watch'),
    rule('core', 'nodes', READ),
    rule('core', 'pods/status', 'patch'),
    ...OURS['pod-garbage-collector'],
  ],
  'replicaset-controller': [
    rule('apps extensions', 'replicasets', 'get list update watch'),
    rule('apps extensions', 'replicasets/status', 'update'),
    rule('apps extensions', 'replicasets/finalizers', 'update'),
    rule('core', 'pods', 'create delete list patch watch'),
    EVENTS,
    ...OURS['replicaset-controller'],
  ],
  'resourcequota-controller': [rule('*', '*', 'list watch'), rule('core', 'resourcequotas/status', 'update'), EVENTS],
  'root-ca-cert-publisher': [rule('core', 'configmaps', 'create update'), EVENTS],
  'service-account-controller': [rule('core', 'serviceaccounts', 'create'), EVENTS],
  'ttl-after-finished-controller': [
    rule('batch', 'jobs', 'delete get list watch'),
    EVENTS,
    ...OURS['ttl-after-finished-controller'],
  ],
  'validatingadmissionpolicy-status-controller': [
    rule('admissionregistration.k8s.io', 'validatingadmissionpolicies', READ),
    rule('admissionregistration.k8s.io', 'validatingadmissionpolicies/status', 'get patch update'),
    EVENTS,
  ],
};

/** Roles `system:controller:<account>` within `kube-system`. */
export const SYSTEM_ROLES: Readonly<Record<string, readonly PolicyRule[]>> = {
  'token-cleaner': [rule('core', 'secrets', 'delete get list watch'), EVENTS],
};

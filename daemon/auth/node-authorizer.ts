/**
 * What a node may do (`plugin/pkg/auth/authorizer/node`, with KEP-4601's selectors): read what its own pods name, its own Node, Lease and pods;
 * the rest by the rules that all nodes have. Writes are narrowed further by the admission plugin NodeRestriction. Reasons are upstream's.
 */

import { NODE_RULES } from './default-roles.ts';
import type { NodeGraph, RelatedType } from './node-graph.ts';
import { nodeOf } from './node-identity.ts';
import { covers } from './rbac.ts';
import type { Attributes, AuthorizationResult, ResourceAttributes, RuleAuthorizer } from './user.ts';

const LEASE_NAMESPACE = 'kube-node-lease';

const ALLOWED: AuthorizationResult = { allowed: true, reason: '' };
const no = (reason = ''): AuthorizationResult => ({ allowed: false, reason });

type Judge = (node: string, attributes: ResourceAttributes) => AuthorizationResult;

export function createNodeAuthorizer(graph: NodeGraph): RuleAuthorizer {
  const related = (node: string, type: RelatedType, { namespace = '', name }: ResourceAttributes) => {
    if (!name) return no('No Object name found');
    if (graph.isRelated(node, type, namespace, name)) return ALLOWED;
    return no(`no relationship found between node '${node}' and this object`);
  };
  const judges = judgesOf(related);
  return {
    authorize(user, attributes) {
      const node = nodeOf(user);
      if (node === undefined) return no();
      if (node === '') return no(`unknown node for user ${JSON.stringify(user.username)}`);
      const judge = 'resource' in attributes ? judges[`${attributes.group}/${attributes.resource}`] : undefined;
      return judge ? judge(node, attributes as ResourceAttributes) : byRules(attributes);
    },
    rulesFor(user) {
      if (nodeOf(user) === undefined) return { rules: [], incomplete: false };
      return { rules: [], incomplete: true, error: 'node authorizer does not support user rule resolution' };
    },
  };
}

const byRules = (attributes: Attributes): AuthorizationResult =>
  NODE_RULES.some((rule) => covers(rule, attributes)) ? ALLOWED : no();

type Related = (node: string, type: RelatedType, attributes: ResourceAttributes) => AuthorizationResult;

function judgesOf(related: Related): Readonly<Record<string, Judge>> {
  const read = readsNamespaced(related);
  const get = getsOne(related);
  return {
    '/secrets': read('secret'),
    '/configmaps': read('configmap'),
    '/persistentvolumeclaims': (node, attributes) => {
      if (attributes.subresource !== 'status') return get('claim')(node, attributes);
      if (attributes.verb !== 'update' && attributes.verb !== 'patch') return no('can only get/update/patch this type');
      return related(node, 'claim', attributes);
    },
    '/persistentvolumes': get('volume'),
    'storage.k8s.io/volumeattachments': get('attachment'),
    '/serviceaccounts': tokens(related),
    '/nodes': judgeNode,
    '/pods': judgePod(related),
    'coordination.k8s.io/leases': judgeLease,
    'storage.k8s.io/csinodes': judgeCsiNode,
  };
}

const readsNamespaced =
  (related: Related) =>
  (type: RelatedType): Judge =>
  (node, attributes) => {
    const { verb, subresource, namespace } = attributes;
    if (!['get', 'list', 'watch'].includes(verb)) return no('can only read resources of this type');
    if (subresource) return no('cannot read subresource');
    if (!namespace) return no('can only read namespaced object of this type');
    return related(node, type, attributes);
  };

const getsOne =
  (related: Related) =>
  (type: RelatedType): Judge =>
  (node, attributes) => {
    if (attributes.verb !== 'get') return no('can only get individual resources of this type');
    if (attributes.subresource) return no('cannot get subresource');
    return related(node, type, attributes);
  };

const tokens =
  (related: Related): Judge =>
  (node, attributes) => {
    if (attributes.verb !== 'create' || !attributes.name)
      return no('can only create tokens for individual service accounts');
    if (attributes.subresource !== 'token') return no('can only create token subresource of serviceaccount');
    return related(node, 'serviceaccount', attributes);
  };

const judgeNode: Judge = (node, { verb, subresource = '', name = '' }) => {
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? ALLOWED : no();
  if (subresource !== '') return no();
  if (verb === 'create' || verb === 'update' || verb === 'patch') return ALLOWED;
  if (verb !== 'get' && verb !== 'list' && verb !== 'watch') return no();
  if (name === node) return ALLOWED;
  return name === ''
    ? no(`node '${node}' cannot read all nodes, only its own Node object`)
    : no(`node '${node}' cannot read '${name}', only its own Node object`);
};

const judgePod =
  (related: Related): Judge =>
  (node, attributes) => {
    const { verb, subresource = '', name, fieldSelector = [] } = attributes;
    if (subresource === 'status') return verb === 'update' || verb === 'patch' ? ALLOWED : no();
    if (subresource === 'eviction') return verb === 'create' ? ALLOWED : no();
    if (subresource !== '') return no();
    if (verb === 'create' || verb === 'delete') return ALLOWED;
    if (verb === 'get') return related(node, 'pod', attributes);
    if (verb !== 'list' && verb !== 'watch') return no();
    const isOwn = fieldSelector.some(
      ({ field, operator, value }) => field === 'spec.nodeName' && operator === '=' && value === node,
    );
    if (isOwn) return ALLOWED;
    if (name) return related(node, 'pod', attributes);
    return no('can only list/watch pods with spec.nodeName field selector');
  };

const OWN_VERBS = ['get', 'create', 'update', 'patch', 'delete'];

const judgeLease: Judge = (node, { verb, namespace, name }) => {
  if (!OWN_VERBS.includes(verb)) return no('can only get, create, update, patch, or delete a node lease');
  if (namespace !== LEASE_NAMESPACE) return no(`can only access leases in the "${LEASE_NAMESPACE}" system namespace`);
  // A create names its object in the body alone: NodeRestriction looks there.
  if (verb !== 'create' && name !== node)
    return no('can only access node lease with the same name as the requesting node');
  return ALLOWED;
};

const judgeCsiNode: Judge = (node, { verb, subresource, name }) => {
  if (!OWN_VERBS.includes(verb)) return no('can only get, create, update, patch, or delete a CSINode');
  if (subresource) return no('cannot authorize CSINode subresources');
  if (verb !== 'create' && name !== node)
    return no('can only access CSINode with the same name as the requesting node');
  return ALLOWED;
};

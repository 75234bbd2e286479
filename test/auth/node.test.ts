import { beforeEach, describe, expect, it } from 'vitest';
import { createNodeAuthorizer } from '../../daemon/auth/node-authorizer.ts';
import { createNodeGraph } from '../../daemon/auth/node-graph.ts';
import type { ResourceAttributes, RuleAuthorizer, UserInfo } from '../../daemon/auth/user.ts';
import { parseFieldSelector } from '../../daemon/base/field-selector.ts';
import type { KubeObject } from '../../daemon/base/object.ts';
import { registryKey } from '../../daemon/base/registry-key.ts';
import { PODS } from '../../daemon/kinds/resources.ts';
import type { Pod } from '../../daemon/kinds/types.generated.ts';
import { createStore } from '../../daemon/store/create-store.ts';
import { createMemoryLog } from '../../daemon/store/memory-log.ts';
import type { Store } from '../../daemon/store/store.ts';

const one: UserInfo = { username: 'system:node:one', groups: ['system:nodes'] };

function pod(name: string, nodeName: string | undefined, extra: object = {}): Pod {
  const spec = {
    nodeName,
    serviceAccountName: 'robot',
    containers: [
      { name: 'c', image: 'i', env: [{ name: 'E', valueFrom: { secretKeyRef: { name: 'env', key: 'k' } } }] },
    ],
    imagePullSecrets: [{ name: 'pull' }],
    volumes: [
      { name: 'a', secret: { secretName: 'mounted' } },
      { name: 'b', projected: { sources: [{ configMap: { name: 'settings' } }] } },
      { name: 'd', persistentVolumeClaim: { claimName: 'data' } },
    ],
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', ...extra }, spec } as Pod;
}

let store: Store;
let node: RuleAuthorizer;
const put = (resource: { group: string; plural: string }, value: KubeObject) =>
  store.commit([{ type: 'put', key: registryKey(resource, value.metadata as { name: string }), value }]);

const ask = (verb: string, resource: string, more: Partial<ResourceAttributes> = {}, user = one) => {
  const { allowed, reason } = node.authorize(user, { verb, group: '', resource, namespace: 'ns', ...more });
  return allowed ? true : reason;
};
const unrelated = "no relationship found between node 'one' and this object";

beforeEach(async () => {
  store = await createStore(createMemoryLog());
  node = createNodeAuthorizer(createNodeGraph(store));
  await put(PODS, pod('p', 'one'));
  await put(PODS, pod('q', 'two', {}));
});

describe('the node authorizer', () => {
  it.each([
    ['secrets', 'env'],
    ['secrets', 'pull'],
    ['secrets', 'mounted'],
    ['configmaps', 'settings'],
  ])(
    'lets a node read %s/%s, alone and by a watch of that name, as long as its pod names it',
    async (resource, name) => {
      for (const verb of ['get', 'list', 'watch']) expect(ask(verb, resource, { name })).toBe(true);
      expect(ask('list', resource)).toBe('No Object name found');
      expect(ask('get', resource, { name, namespace: undefined })).toBe('can only read namespaced object of this type');
      expect(ask('update', resource, { name })).toBe('can only read resources of this type');
      expect(ask('get', resource, { name, namespace: 'other' })).toBe(unrelated);
      await store.commit([{ type: 'delete', key: registryKey(PODS, { namespace: 'ns', name: 'p' }) }]);
      expect(ask('get', resource, { name })).toBe(unrelated);
    },
  );

  it('refuses another node’s secrets and those that nobody names', () => {
    const three = { ...one, username: 'system:node:three' };
    expect(ask('get', 'secrets', { name: 'env' }, three)).toContain("node 'three'");
    expect(ask('get', 'secrets', { name: 'unnamed' })).toBe(unrelated);
    expect(ask('get', 'secrets', { name: 'env' }, { username: 'system:node:one', groups: [] })).toBe('');
    expect(ask('get', 'secrets', { name: 'env' }, { username: 'system:node:', groups: ['system:nodes'] })).toBe(
      'unknown node for user "system:node:"',
    );
  });

  it('does not count a mirror pod, which a node makes itself', async () => {
    await put(PODS, pod('p', 'one', { annotations: { 'kubernetes.io/config.mirror': 'x' } }));
    expect(ask('get', 'secrets', { name: 'env' })).toBe(unrelated);
  });

  it('gives tokens of its pods’ accounts only', () => {
    expect(ask('create', 'serviceaccounts', { name: 'robot', subresource: 'token' })).toBe(true);
    expect(ask('create', 'serviceaccounts', { name: 'other', subresource: 'token' })).toBe(unrelated);
    expect(ask('get', 'serviceaccounts', { name: 'robot' })).toBe(
      'can only create tokens for individual service accounts',
    );
  });

  it('shows claims and the volumes behind them', async () => {
    const volume = { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv' } };
    const spec = {
      claimRef: { namespace: 'ns', name: 'data' },
      csi: { nodeStageSecretRef: { namespace: 'st', name: 's' } },
    };
    await put({ group: '', plural: 'persistentvolumes' }, { ...volume, spec } as KubeObject);
    const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'ns' } };
    await put({ group: '', plural: 'persistentvolumeclaims' }, { ...claim, spec: { volumeName: 'pv' } } as KubeObject);
    expect(ask('get', 'persistentvolumeclaims', { name: 'data' })).toBe(true);
    expect(ask('get', 'persistentvolumes', { name: 'pv', namespace: undefined })).toBe(true);
    expect(ask('get', 'persistentvolumes', { name: 'pw', namespace: undefined })).toBe(unrelated);
    expect(ask('get', 'secrets', { name: 's', namespace: 'st' })).toBe(true);
  });

  it('lists and watches pods by its own name, and its own Node and Lease', () => {
    const mine = { namespace: undefined, fieldSelector: parseFieldSelector('spec.nodeName=one') };
    for (const verb of ['list', 'watch']) expect(ask(verb, 'pods', mine)).toBe(true);
    expect(ask('watch', 'pods', { fieldSelector: parseFieldSelector('spec.nodeName=two') })).toBe(
      'can only list/watch pods with spec.nodeName field selector',
    );
    expect(ask('watch', 'pods', { fieldSelector: parseFieldSelector('spec.nodeName!=one') })).not.toBe(true);
    expect(ask('get', 'pods', { name: 'p' })).toBe(true);
    expect(ask('get', 'pods', { name: 'q' })).toBe(unrelated);
    expect(ask('watch', 'nodes', { namespace: undefined, name: 'one' })).toBe(true);
    expect(ask('list', 'nodes', { namespace: undefined })).toBe(
      "node 'one' cannot read all nodes, only its own Node object",
    );
    const lease = { group: 'coordination.k8s.io', namespace: 'kube-node-lease' };
    expect(ask('patch', 'leases', { ...lease, name: 'one' })).toBe(true);
    expect(ask('patch', 'leases', { ...lease, name: 'two' })).toBe(
      'can only access node lease with the same name as the requesting node',
    );
    expect(ask('get', 'leases', { ...lease, name: 'one', namespace: 'ns' })).toContain('"kube-node-lease"');
  });
});

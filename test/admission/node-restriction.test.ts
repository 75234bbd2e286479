import { beforeEach, describe, expect, it } from 'vitest';
import { admitSubresource, type SubresourceRequest } from '../../daemon/admission/admit-subresource.ts';
import { createObject } from '../../daemon/api/rest/create.ts';
import { deleteObject } from '../../daemon/api/rest/delete.ts';
import { updateObject } from '../../daemon/api/rest/update.ts';
import type { KubeObject } from '../../daemon/base/object.ts';
import type { Resource } from '../../daemon/kinds/resource.ts';
import { LEASES, NAMESPACES, NODES, PODS, SERVICE_ACCOUNTS } from '../../daemon/kinds/resources.ts';
import type { Node, Pod } from '../../daemon/kinds/types.generated.ts';
import { createRest, type Rest, refusalOf } from '../api/rest/support.ts';

const user = { username: 'system:node:one', groups: ['system:nodes', 'system:authenticated'] };
const containers = [{ name: 'c', image: 'i' }];

let rest: Rest;
let node: Node;
const asNode = (resource: Resource, namespace?: string) => ({ ...rest.scope(resource, namespace), user });
const create = (resource: Resource, object: object, namespace?: string) =>
  createObject(rest.context, asNode(resource, namespace), structuredClone(object) as KubeObject);
const messageOf = async (call: Promise<unknown>) => (await refusalOf(call)).message;

beforeEach(async () => {
  rest = await createRest();
  await rest.create(NAMESPACES, { metadata: { name: 'kube-node-lease' } });
  await create(NODES, { metadata: { name: 'one', labels: { 'kubernetes.io/hostname': 'one', mine: 'yes' } } });
  node = rest.store.get('/registry/core/nodes/one')!.value as Node;
  for (const [name, nodeName] of [
    ['own', 'one'],
    ['foreign', 'two'],
  ])
    await rest.create<Pod>(PODS, { metadata: { name }, spec: { nodeName, containers } } as Pod);
});

function messageOfBody(request: SubresourceRequest): string | undefined {
  const admitted = admitSubresource(rest.context.admission, request);
  if (admitted instanceof Promise) throw new Error('nothing was to be asked');
  return 'error' in admitted ? admitted.error.message : undefined;
}

describe('NodeRestriction', () => {
  it('lets a node register itself, with labels of its host', async () => {
    expect(await messageOf(create(NODES, { metadata: { name: 'two' } }))).toBe(
      'nodes "two" is forbidden: node "one" is not allowed to modify node "two"',
    );
    const labels = {
      'node-restriction.kubernetes.io/secure': 'yes',
      'a.node-restriction.kubernetes.io/b': '1',
      'kubernetes.io/team': 'x',
      'node.kubernetes.io/anything': 'fine',
    };
    const three = { ...user, username: 'system:node:three' };
    const body = { metadata: { name: 'three', labels } };
    expect(await messageOf(createObject(rest.context, { ...rest.scope(NODES), user: three }, body))).toBe(
      'nodes "three" is forbidden: node "three" is not allowed to set the following labels: a.node-restriction.kubernetes.io/b, kubernetes.io/team, node-restriction.kubernetes.io/secure',
    );
  });

  it('keeps a node from having itself collected, and from names that the server would make of its own', async () => {
    const owner = { apiVersion: 'v1', kind: 'Namespace', name: 'nowhere', uid: 'u' };
    const owned = { ...node, metadata: { ...node.metadata, ownerReferences: [owner] } };
    const target = { ...rest.target(NODES, 'one'), user };
    const why = 'nodes "one" is forbidden: node "one" is not allowed to modify ownerReferences';
    expect(await messageOf(updateObject(rest.context, target, owned as KubeObject))).toBe(why);
    expect(await messageOf(updateObject(rest.context, target, owned as KubeObject, { subresource: 'status' }))).toBe(
      why,
    );
    expect(await messageOf(create(NODES, { metadata: { generateName: 'one' } }))).toMatch(
      /^nodes "one" is forbidden: node "one" is not allowed to modify node ""$/,
    );
    const lease = { metadata: { generateName: 'one', namespace: 'kube-node-lease' }, spec: {} };
    const scope = { ...rest.scope(LEASES, 'kube-node-lease'), user };
    expect(await messageOf(createObject(rest.context, scope, lease))).toContain(
      'can only access node lease with the same name as the requesting node',
    );
  });

  it('keeps a node from labels and taints that draw pods to it', async () => {
    const target = { ...rest.target(NODES, 'one'), user };
    const labelled = structuredClone(node);
    labelled.metadata!.labels!['node-role.kubernetes.io/control-plane'] = '';
    expect(await messageOf(updateObject(rest.context, target, labelled))).toBe(
      'nodes "one" is forbidden: is not allowed to modify labels: node-role.kubernetes.io/control-plane',
    );
    const tainted = { ...structuredClone(node), spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } };
    expect(await messageOf(updateObject(rest.context, target, tainted as Node))).toBe(
      'nodes "one" is forbidden: node "one" is not allowed to modify taints',
    );
  });

  it('takes pods from a node only as mirrors of its own', async () => {
    const metadata = { name: 'm', annotations: { 'kubernetes.io/config.mirror': 'x' } };
    const spec = { nodeName: 'one', containers };
    expect(await messageOf(create(PODS, { metadata: { name: 'm' }, spec: { ...spec } }))).toBe(
      'pods "m" is forbidden: pod does not have "kubernetes.io/config.mirror" annotation, node "one" can only create mirror pods',
    );
    expect(await messageOf(create(PODS, { metadata, spec: { ...spec, nodeName: 'two' } }))).toContain(
      'node "one" can only create pods with spec.nodeName set to itself',
    );
    expect(await messageOf(create(PODS, { metadata, spec }))).toContain(
      'node "one" can only create pods with an owner reference set to itself',
    );
    const owner = { apiVersion: 'v1', kind: 'Node', name: 'one', uid: node.metadata!.uid, controller: true };
    const owned = { ...metadata, ownerReferences: [owner] };
    const volumes = [{ name: 'v', configMap: { name: 'c' } }];
    expect(await messageOf(create(PODS, { metadata: owned, spec: { ...spec, volumes } }))).toContain(
      'node "one" can not create pods that reference configmaps',
    );
    const stranger = { ...metadata, ownerReferences: [{ ...owner, uid: 'u' }] };
    expect(await messageOf(create(PODS, { metadata: stranger, spec }))).toContain('UID mismatch: expected u got');
    expect((await create(PODS, { metadata: owned, spec })).created).toBe(true);
  });

  it('touches the pods of its own node only', async () => {
    const status = (name: string) => {
      const pod = structuredClone(rest.store.get(`/registry/core/pods/default/${name}`)!.value) as Pod;
      pod.status = { phase: 'Running' };
      return updateObject(rest.context, { ...rest.target(PODS, name), user }, pod, { subresource: 'status' });
    };
    expect((await status('own')).entry.value).toMatchObject({ status: { phase: 'Running' } });
    expect(await messageOf(status('foreign'))).toBe(
      'pods "foreign" is forbidden: node "one" can only update pod status for pods with spec.nodeName set to itself',
    );
    expect(await messageOf(deleteObject(rest.context, { ...rest.target(PODS, 'foreign'), user }))).toBe(
      'pods "foreign" is forbidden: node "one" can only delete pods with spec.nodeName set to itself',
    );
    const evict = (name: string) =>
      messageOfBody({
        ...{ kind: rest.kind(PODS), subresource: 'eviction', user, namespace: 'default', name },
        ...{ bodyKind: { group: 'policy', version: 'v1', kind: 'Eviction' }, body: { metadata: { name } } },
      });
    expect(evict('own')).toBeUndefined();
    expect(evict('foreign')).toBe(
      'pods "foreign" is forbidden: node one can only evict pods with spec.nodeName set to itself',
    );
  });

  it('gives tokens bound to its own pods, and leases of its own name', async () => {
    const token = (bound: object | undefined) =>
      messageOfBody({
        ...{ kind: rest.kind(SERVICE_ACCOUNTS), subresource: 'token', user, namespace: 'default', name: 'default' },
        bodyKind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
        body: { metadata: {}, spec: { audiences: [], boundObjectRef: bound } } as KubeObject,
      });
    const boundTo = (name: string) => ({
      ...{ apiVersion: 'v1', kind: 'Pod', name },
      uid: rest.store.get(`/registry/core/pods/default/${name}`)!.value.metadata!.uid,
    });
    expect(token(boundTo('own'))).toBeUndefined();
    expect(token(boundTo('foreign'))).toContain('node requested token bound to a pod scheduled on a different node');
    expect(token(undefined)).toContain('node requested token not bound to a pod');
    const spec = { holderIdentity: 'one' };
    expect(await messageOf(create(LEASES, { metadata: { name: 'two' }, spec }, 'kube-node-lease'))).toContain(
      'can only access node lease with the same name as the requesting node',
    );
    expect((await create(LEASES, { metadata: { name: 'one' }, spec }, 'kube-node-lease')).created).toBe(true);
  });
});

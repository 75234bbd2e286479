/** What is published of a judged commit: the judgement's own outcome while nothing that it looked at was written since, and judged anew otherwise. */

import { beforeEach, describe, expect, it } from 'vitest';
import { admitManifest } from '../../daemon/admission/admit-manifest.ts';
import { systemClock } from '../../daemon/base/clock.ts';
import type { JsonObject, KubeObject } from '../../daemon/base/object.ts';
import { registryKey, type StoredResource } from '../../daemon/base/registry-key.ts';
import { DesiredState, decideChanges } from '../../daemon/git/desired-state.ts';
import { judgeTree } from '../../daemon/git/judge-tree.ts';
import { parseManifestFile } from '../../daemon/git/manifest-file.ts';
import { planObjects } from '../../daemon/git/plan-objects.ts';
import { HOST_ADMINISTRATOR } from '../../daemon/git/ports.ts';
import {
  LEASES,
  LIMIT_RANGES,
  NAMESPACES,
  RESOURCE_QUOTAS,
  SERVICE_ACCOUNTS,
  VALIDATING_ADMISSION_POLICIES,
  VALIDATING_ADMISSION_POLICY_BINDINGS,
} from '../../daemon/kinds/resources.ts';
import { createStore } from '../../daemon/store/create-store.ts';
import { createMemoryLog } from '../../daemon/store/memory-log.ts';
import type { Store } from '../../daemon/store/store.ts';
import { admissionPort, registry } from './support/world.ts';

const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' }, status: { phase: 'Active' } };
const ACCOUNT = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } };
const SETTINGS = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { key: 'value' } };
const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: { containers: [{ name: 'c', image: 'i:1' }] },
};
const service = (name: string, clusterIP?: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { ...(clusterIP ? { clusterIP } : {}), ports: [{ port: 80 }] },
});

let store: Store;
const put = (resource: StoredResource, value: KubeObject) => {
  const { name = '', namespace } = value.metadata ?? {};
  const key = registryKey(resource, { name, ...(namespace ? { namespace } : {}) });
  return store.commit([{ type: 'put', key, value: structuredClone(value) }]);
};

beforeEach(async () => {
  store = await createStore(createMemoryLog());
  await put(NAMESPACES, NAMESPACE);
  await put(SERVICE_ACCOUNTS, ACCOUNT);
});

/** Judges the manifests as a first commit, lets `meanwhile` happen, and plans its publication. */
async function pushed(manifests: readonly JsonObject[], meanwhile: () => Promise<unknown>) {
  const files = manifests.map((value, index) => {
    const document = { index: 0, value, line: 1, column: 1 };
    return parseManifestFile(`${index}.yaml`, '0'.repeat(40), 0, { documents: [document], problems: [] }, registry)
      .file;
  });
  const state = new DesiredState();
  const candidate = {
    commit: '1'.repeat(40),
    ignore: state.ignore,
    files: new Map(files.map((file) => [file.path, file])),
  };
  const changes = decideChanges(state, candidate);
  let judgedAnew = 0;
  const admission = {
    ...admissionPort(store),
    admitManifest(...args: Parameters<typeof admitManifest>) {
      judgedAnew++;
      return admitManifest(...args);
    },
  };
  const input = { admission, store, clock: systemClock, user: HOST_ADMINISTRATOR, changes };
  const admitted = await judgeTree({ ...input, state, candidate });
  expect(admitted.problems).toEqual([]);
  await meanwhile();
  const plan = await planObjects({ ...input, admitted });
  const problems = plan.problems.map(({ problem }) => problem.message);
  const objects = plan.operations.map((one) => (one.type === 'put' ? (one.value as JsonObject) : one));
  plan.settle(false);
  return { judgedAnew, problems, objects };
}

const nothing = async (): Promise<void> => {};
const lease = () =>
  put(LEASES, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'n', namespace: 'kube-node-lease' },
  });
const limitRange = (namespace: string) => () => {
  const spec = { limits: [{ type: 'Container', default: { memory: '1Gi' } }] };
  return put(LIMIT_RANGES, {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'l', namespace },
    spec,
  } as KubeObject);
};

describe('a judgement', () => {
  it('stands when nothing or something else was written', async () => {
    for (const meanwhile of [nothing, lease, limitRange('other')])
      expect(await pushed([SETTINGS, POD], meanwhile)).toMatchObject({ judgedAnew: 0, problems: [] });
  });

  it('is made anew when a rule that it asked for was written', async () => {
    const { judgedAnew, objects } = await pushed([SETTINGS, POD], limitRange('default'));
    expect(judgedAnew).toBe(2);
    expect(objects[1]).toMatchObject({ spec: { containers: [{ resources: { limits: { memory: '1Gi' } } }] } });
  });

  it('is made anew when its namespace goes', async () => {
    const going = { ...NAMESPACE, status: { phase: 'Terminating' } };
    const { problems } = await pushed([SETTINGS], () => put(NAMESPACES, going));
    expect(problems).toEqual([expect.stringContaining('because it is being terminated')]);
  });

  it('counts what came meanwhile towards quotas', async () => {
    const spec = { hard: { 'count/configmaps': '1' } };
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace: 'default' }, spec };
    await put(RESOURCE_QUOTAS, quota as KubeObject);
    const other = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other', namespace: 'default' } };
    const { problems } = await pushed([SETTINGS], () => put({ group: '', plural: 'configmaps' }, other));
    expect(problems).toEqual([expect.stringContaining('exceeded quota: q')]);
  });
});

describe('a Service', () => {
  const clusterIPs = (objects: readonly unknown[]) =>
    (objects as { spec: { clusterIP?: string } }[]).map(({ spec }) => spec.clusterIP);

  it('is only given its addresses, those that ask by number first', async () => {
    const { judgedAnew, objects } = await pushed([service('a'), service('b'), service('c', '10.96.0.7')], nothing);
    expect(judgedAnew).toBe(0);
    expect(clusterIPs(objects)[0]).toBe('10.96.0.7');
    expect(new Set(clusterIPs(objects)).size).toBe(3);
    expect(clusterIPs(objects)).not.toContain(undefined);
  });

  it('is what it would be if it were judged anew', async () => {
    const plain = await pushed([service('c', '10.96.0.7')], nothing);
    const anew = await pushed([service('c', '10.96.0.7')], () => put(NAMESPACES, NAMESPACE));
    expect([plain.judgedAnew, anew.judgedAnew]).toEqual([0, 1]);
    const timeless = (object: unknown) =>
      JSON.parse(JSON.stringify(object), (name, value) =>
        /^(uid|time|creationTimestamp)$/.test(name) ? 'any' : value,
      );
    expect(timeless(plain.objects)).toEqual(timeless(anew.objects));
  });

  it('is told of an address that somebody has taken meanwhile', async () => {
    const taken = { ...service('other', '10.96.0.7'), metadata: { name: 'other', namespace: 'default' } };
    const value = { ...taken, spec: { ...taken.spec, clusterIPs: ['10.96.0.7'], type: 'ClusterIP' } };
    const { problems } = await pushed([service('c', '10.96.0.7')], () => put({ group: '', plural: 'services' }, value));
    expect(problems).toEqual([expect.stringContaining('provided IP is already allocated')]);
  });

  it('is judged with its address where a policy looks at Services', async () => {
    const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['services'] }];
    const policy = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'p' },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: rules,
          matchPolicy: 'Equivalent',
          namespaceSelector: {},
          objectSelector: {},
        },
        validations: [{ expression: '!has(object.spec.clusterIP)', message: 'it has an address' }],
      },
    };
    const binding = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: 'b' },
      spec: { policyName: 'p', validationActions: ['Deny'] },
    };
    await put(VALIDATING_ADMISSION_POLICIES, policy as KubeObject);
    await put(VALIDATING_ADMISSION_POLICY_BINDINGS, binding as KubeObject);
    const { judgedAnew, problems } = await pushed([service('a')], nothing);
    expect(judgedAnew).toBe(1);
    expect(problems).toEqual([expect.stringContaining('it has an address')]);
  });
});

/** A tip as a whole: what each manifest says, and what holds between them. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admitManifest } from '../../daemon/admission/admit-manifest.ts';
import { admitTree } from '../../daemon/admission/admit-tree.ts';
import type { AdmissionEnvironment, TreeManifest, TreeRequest } from '../../daemon/admission/contract.ts';
import type { JsonObject, KubeObject } from '../../daemon/base/object.ts';
import type { Resource } from '../../daemon/kinds/resource.ts';
import { CONFIG_MAPS, NAMESPACES, SERVICES } from '../../daemon/kinds/resources.ts';
import { ADMIN, account, createEnvironment, manifests, namespace, registry } from './support.ts';

const kindOf = ({ group, version, plural }: Resource) => registry.byResource(group, version, plural)!;
const judge = (environment: AdmissionEnvironment, tree: readonly TreeManifest[], rest: Partial<TreeRequest> = {}) =>
  admitTree(environment, { manifests: tree, removed: [], user: ADMIN, manager: 'reflet-git', ...rest });
const configMap = (name: string, rest: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...(rest.metadata as object) },
  data: { k: 'v' },
});
const service = (name: string, spec: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { a: 'b' }, ports: [{ port: 80 }], ...spec },
});
const deployment = (spec: JsonObject = {}): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    ...spec,
  },
});

describe('a tree', () => {
  it('is admitted with its namespaces first, whatever the files are called', () => {
    const tree = manifests({
      'a.yaml': configMap('a', { metadata: { namespace: 'new' } }),
      'b.yaml': {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'p', namespace: 'new' },
        spec: { containers: [{ name: 'c', image: 'i' }] },
      },
      'z.yaml': { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'new' } },
    });
    const { problems, objects } = judge(createEnvironment(), tree);
    expect(problems).toEqual([]);
    expect(objects.map(({ kind, operation, key }) => [kind.resource.kind, operation, key.namespace])).toEqual([
      ['Namespace', 'create', undefined],
      ['ConfigMap', 'create', 'new'],
      ['Pod', 'create', 'new'],
    ]);
    expect(objects[1]?.next.metadata?.managedFields).toMatchObject([{ manager: 'reflet-git', operation: 'Apply' }]);
  });

  it('names the place, the field and what was meant of every mistake', () => {
    const tree = manifests({
      'typo.yaml': deployment({ replica: 3 }),
      'value.yaml': { ...deployment({ replicas: -1 }), metadata: { name: 'other' } },
      'type.yaml': { ...deployment({ replicas: 'three' }), metadata: { name: 'third' } },
      'where.yaml': configMap('a', { metadata: { namespace: 'nowhere' } }),
      'kind.yaml': { apiVersion: 'v1', kind: 'Deployment', metadata: { name: 'd' } },
      'absent.yaml': { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'd' } },
      'none.yaml': { apiVersion: 'v1', metadata: { name: 'd' } },
      'name.yaml': { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} },
    });
    const { problems } = judge(createEnvironment(), tree);
    const told = Object.fromEntries(
      problems.map(({ file, fieldPath, message, expected, code }) => [file, { fieldPath, message, expected, code }]),
    );
    expect(told).toEqual({
      'typo.yaml': {
        fieldPath: 'spec.replica',
        message: 'unknown field "spec.replica"',
        expected: 'did you mean "replicas"?',
        code: 400,
      },
      'value.yaml': {
        fieldPath: 'spec.replicas',
        message: 'Invalid value: -1: must be greater than or equal to 0',
        expected: undefined,
        code: 422,
      },
      'type.yaml': {
        fieldPath: 'spec.replicas',
        message: expect.stringContaining('cannot unmarshal string'),
        expected: 'a whole number',
        code: 400,
      },
      'where.yaml': {
        fieldPath: 'metadata.namespace',
        message: 'namespaces "nowhere" not found',
        expected: 'the name of a namespace that exists',
        code: 404,
      },
      'kind.yaml': {
        fieldPath: 'apiVersion',
        message: 'no matches for kind "Deployment" in version "v1"',
        expected: 'apiVersion apps/v1',
        code: 400,
      },
      'absent.yaml': {
        fieldPath: 'kind',
        message: 'StatefulSet of apps/v1 is not supported yet: there are none, and none can be made',
        expected: 'a kind that is supported (docs/supported.md)',
        code: 400,
      },
      'none.yaml': { fieldPath: 'kind', message: 'kind not set', expected: 'a kind, such as Deployment', code: 400 },
      'name.yaml': {
        fieldPath: 'metadata.name',
        message: 'name is required',
        expected: 'a name of its own',
        code: 400,
      },
    });
  });

  it('refuses two manifests of one object, naming both places, also across versions and default namespaces', () => {
    const tree = manifests({
      'one.yaml': configMap('a'),
      'two.yaml': configMap('a', { metadata: { namespace: 'default' } }),
    });
    const { problems, objects } = judge(createEnvironment(), tree);
    expect(problems).toEqual([
      {
        file: 'two.yaml',
        document: 0,
        fieldPath: 'metadata.name',
        message: 'ConfigMap default/a is defined a second time',
        expected: 'one manifest for each object',
        other: { file: 'one.yaml', document: 0 },
        code: 409,
      },
    ]);
    expect(objects).toHaveLength(1);
  });

  it('does not depend on the order of the manifests', () => {
    const tree = manifests({
      'a.yaml': configMap('a'),
      'b.yaml': configMap('a'),
      'c.yaml': deployment({ replica: 1 }),
      'd.yaml': configMap('d', { metadata: { namespace: 'new' } }),
      'e.yaml': { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'new' } },
      'f.yaml': service('f', { clusterIP: '10.96.0.20' }),
      'g.yaml': service('g', { clusterIP: '10.96.0.20' }),
    });
    const outline = (order: readonly TreeManifest[]) => {
      const { problems, objects } = judge(createEnvironment(), order);
      return { problems, objects: objects.map(({ manifest }) => manifest.file) };
    };
    const first = outline(tree);
    expect(first.problems).toHaveLength(3);
    fc.assert(
      fc.property(fc.shuffledSubarray(tree, { minLength: tree.length }), (order) => {
        expect(outline(order)).toEqual(first);
      }),
      { seed: 3, numRuns: 20 },
    );
  });

  it('refuses to change what is immutable on the live object', () => {
    const live = {
      ...deployment(),
      metadata: { name: 'web', namespace: 'default', uid: 'u', resourceVersion: '7', generation: 1 },
    } as KubeObject;
    const changed = deployment({
      selector: { matchLabels: { app: 'other' } },
      template: { metadata: { labels: { app: 'other' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    });
    const { problems } = judge(createEnvironment([live]), manifests({ 'web.yaml': changed }));
    expect(problems).toMatchObject([{ file: 'web.yaml', fieldPath: 'spec.selector', code: 422 }]);
    expect(problems[0]?.message).toContain('field is immutable');
  });

  it('says when a push takes away the namespace of what it leaves alone', () => {
    const environment = createEnvironment([namespace('apps')]);
    const tree = manifests({ 'a.yaml': configMap('a', { metadata: { namespace: 'apps' } }) }, ['a.yaml']);
    const removed = [{ kind: kindOf(NAMESPACES), key: { name: 'apps' } }];
    expect(judge(environment, tree).problems).toEqual([]);
    expect(judge(environment, tree, { removed }).problems).toMatchObject([
      { file: 'a.yaml', fieldPath: 'metadata.namespace', message: 'namespaces "apps" not found', code: 404 },
    ]);
  });

  it('refuses what would come into a namespace that is going', () => {
    const environment = createEnvironment([namespace('apps', 'Terminating')]);
    const tree = manifests({
      'ns.yaml': { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps' } },
      'a.yaml': configMap('a', { metadata: { namespace: 'apps' } }),
    });
    const { problems } = judge(environment, tree);
    expect(problems).toMatchObject([{ file: 'a.yaml', fieldPath: 'metadata.namespace', code: 403 }]);
  });

  it('refuses an address or port that two of it, or another Service, hold', () => {
    const live = {
      ...service('old', { type: 'NodePort', clusterIP: '10.96.0.9', ports: [{ port: 80, nodePort: 30_080 }] }),
      metadata: { name: 'old', namespace: 'default', uid: 'u', resourceVersion: '7' },
    } as KubeObject;
    const asking = service('new', { type: 'NodePort', ports: [{ port: 80, nodePort: 30_080 }] });
    const environment = createEnvironment([live]);
    expect(judge(environment, manifests({ 'new.yaml': asking })).problems).toMatchObject([
      {
        file: 'new.yaml',
        fieldPath: 'spec.ports[0].nodePort',
        message: 'Invalid value: 30080: provided port is already allocated',
        code: 422,
      },
    ]);
    // A Service that is renamed in one push takes its port along.
    const removed = [{ kind: kindOf(SERVICES), key: { namespace: 'default', name: 'old' } }];
    expect(judge(environment, manifests({ 'new.yaml': asking }), { removed }).problems).toEqual([]);
    // Nothing stayed reserved by the judging.
    expect(environment.services?.allocate(structuredClone(asking) as KubeObject, undefined).errors).toHaveLength(1);
    const two = manifests({
      'a.yaml': service('a', { clusterIP: '10.96.0.5' }),
      'b.yaml': service('b', { clusterIP: '10.96.0.5' }),
    });
    expect(judge(createEnvironment(), two).problems).toMatchObject([{ file: 'b.yaml', fieldPath: 'spec.clusterIPs' }]);
  });

  it('orders Services that ask by number before those that take what is free', () => {
    const tree = manifests({
      'a.yaml': service('a'),
      'b.yaml': service('b', { clusterIP: '10.96.0.5' }),
      'c.yaml': configMap('c'),
    });
    const { objects } = judge(createEnvironment(), tree);
    expect(objects.map(({ manifest }) => manifest.file)).toEqual(['b.yaml', 'a.yaml', 'c.yaml']);
  });

  it('lets a removed object not count', () => {
    const environment = createEnvironment([namespace('apps'), account('default', 'apps'), account('robot', 'apps')]);
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'apps' },
      spec: { serviceAccountName: 'robot', containers: [{ name: 'c', image: 'i' }] },
    };
    expect(judge(environment, manifests({ 'p.yaml': pod })).problems).toEqual([]);
    const kind = registry.byResource('', 'v1', 'serviceaccounts')!;
    const removed = [{ kind, key: { namespace: 'apps', name: 'robot' } }];
    expect(judge(environment, manifests({ 'p.yaml': pod }), { removed }).problems).toMatchObject([
      { fieldPath: 'spec.serviceAccountName', code: 403 },
    ]);
  });
});

describe('a manifest', () => {
  const admit = (environment: AdmissionEnvironment, object: JsonObject, live?: KubeObject) =>
    admitManifest(environment, { object, live, user: ADMIN, manager: 'reflet-git' });

  it('is not changed, and does not share with the live object', () => {
    const object = Object.freeze(configMap('a'));
    const { object: next, operation, key, kind } = admit(createEnvironment(), object);
    expect([operation, key, kind?.resource]).toEqual(['create', { namespace: 'default', name: 'a' }, CONFIG_MAPS]);
    expect(object.metadata).toEqual({ name: 'a' });
    expect(next.metadata).toMatchObject({ namespace: 'default', uid: expect.any(String) });
  });

  it('owns what it names and leaves the rest to others', () => {
    const environment = createEnvironment();
    const live = {
      ...admit(environment, deployment()).object,
    } as KubeObject & { spec: JsonObject };
    live.metadata = { ...live.metadata, resourceVersion: '5', annotations: { 'other.example/x': 'y' } };
    live.spec = { ...live.spec, replicas: 7 };
    const { object, problems } = admit(environment, deployment({ minReadySeconds: 3 }), live);
    expect(problems).toEqual([]);
    expect(object).toMatchObject({
      metadata: {
        annotations: { 'other.example/x': 'y' },
        generation: 2,
        resourceVersion: '5',
        uid: live.metadata.uid,
      },
      spec: { replicas: 7, minReadySeconds: 3 },
    });
  });

  it('tells what the server alone sets, and ignores it', () => {
    const exported = {
      ...configMap('a', { metadata: { uid: 'x', resourceVersion: '9', creationTimestamp: null } }),
    };
    const { warnings, problems, object } = admit(createEnvironment(), exported);
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      'metadata.uid is set by the server alone: what the manifest says of it is not used',
      'metadata.resourceVersion is set by the server alone: what the manifest says of it is not used',
    ]);
    expect(object.metadata?.uid).not.toBe('x');
    const rendered = admit(createEnvironment(), { ...deployment(), status: {} });
    expect([rendered.problems, rendered.warnings]).toEqual([[], []]);
  });

  it('says nothing by a null, but an empty text in a map', () => {
    const plain = { ...configMap('a', { metadata: { labels: { a: '', b: 'x' } } }), data: { k: '', l: 'v' } };
    const nulls = configMap('a', { metadata: { labels: { a: null, b: 'x' }, annotations: null } });
    const withNulls = { ...nulls, data: { k: null, l: 'v' }, binaryData: null };
    const created = [plain, withNulls].map((object) => {
      const { object: made, problems } = admit(createEnvironment(), object);
      expect(problems).toEqual([]);
      const { uid: _uid, managedFields: _managers, ...metadata } = made.metadata ?? {};
      return { ...made, metadata };
    });
    expect(created[1]).toEqual(created[0]);
  });

  it('holds an address until its reservation is ended', () => {
    const environment = createEnvironment();
    const asking = () => admit(environment, service('a', { clusterIP: '10.96.0.7' }));
    const first = asking();
    const other = admit(environment, service('b', { clusterIP: '10.96.0.7' }));
    expect(other.problems).toMatchObject([{ fieldPath: 'spec.clusterIPs' }]);
    first.reservation.rollback();
    expect(admit(environment, service('b', { clusterIP: '10.96.0.7' })).problems).toEqual([]);
  });

  it('survives manifests that are no objects of their kind', () => {
    const environment = createEnvironment();
    const odd: JsonObject[] = [
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [null] } },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: null },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'c' }], volumes: [{}] } },
      { apiVersion: 'v1', kind: 'Pod', metadata: 'p' },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', ownerReferences: [null] }, spec: { containers: [] } },
      { apiVersion: 7, kind: [] },
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [null] } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', labels: { a: null } }, data: { k: null } },
      JSON.parse(
        '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","__proto__":{"x":1}},"__proto__":{"y":1}}',
      ),
    ];
    for (const object of odd) {
      const { problems, error } = admit(environment, object);
      expect(error?.code ?? 200, JSON.stringify(object)).toBeLessThan(500);
      if (error) expect(problems.length).toBeGreaterThan(0);
    }
  });
});

/** The OpenAPI documents: complete in themselves, and marked as clients look for it. */

import { describe, expect, test } from 'vitest';
import { loadSchemas } from '../../daemon/schema/load.ts';
import { createOpenApi, type ServedResource } from '../../daemon/schema/openapi.ts';

type Json = Record<string, unknown>;

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const RESOURCES: ServedResource[] = [
  {
    group: '',
    version: 'v1',
    kind: 'Pod',
    plural: 'pods',
    namespaced: true,
    verbs: VERBS,
    subresources: [
      { name: 'status', group: '', version: 'v1', kind: 'Pod', verbs: ['get', 'patch', 'update'] },
      { name: 'eviction', group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] },
      { name: 'exec', group: '', version: 'v1', kind: 'PodExecOptions', verbs: ['create', 'get'] },
      { name: 'log', group: '', version: 'v1', kind: 'Pod', verbs: ['get'] },
      {
        name: 'proxy',
        group: '',
        version: 'v1',
        kind: 'PodProxyOptions',
        verbs: ['create', 'delete', 'get', 'patch', 'update'],
      },
    ],
  },
  {
    group: '',
    version: 'v1',
    kind: 'Namespace',
    plural: 'namespaces',
    namespaced: false,
    verbs: VERBS,
    subresources: [],
  },
  {
    group: 'apps',
    version: 'v1',
    kind: 'Deployment',
    plural: 'deployments',
    namespaced: true,
    verbs: VERBS,
    subresources: [
      { name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] },
    ],
  },
  {
    group: 'authorization.k8s.io',
    version: 'v1',
    kind: 'SelfSubjectAccessReview',
    plural: 'selfsubjectaccessreviews',
    namespaced: false,
    verbs: ['create'],
    subresources: [],
  },
];

const openApi = createOpenApi(loadSchemas(), RESOURCES, 'v1.32.4');
const parse = (path: string): Json => JSON.parse(openApi.document(path)!.text) as Json;
const at = (value: unknown, ...path: string[]): unknown => path.reduce((here, key) => (here as Json)[key], value);

/** Every `$ref` of a document. */
function references(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value !== 'object' || value === null) return found;
  for (const [key, member] of Object.entries(value)) {
    if (key === '$ref' && typeof member === 'string') found.add(member);
    else references(member, found);
  }
  return found;
}

function keysOf(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value !== 'object' || value === null) return found;
  for (const [key, member] of Object.entries(value)) {
    if (!Array.isArray(value)) found.add(key);
    keysOf(member, found);
  }
  return found;
}

describe('v3', () => {
  test('the index names each document by its hash', () => {
    const { paths } = openApi.index();
    expect(Object.keys(paths)).toEqual([
      ...['.well-known/openid-configuration', 'api', 'api/v1', 'apis', 'apis/apps', 'apis/apps/v1'],
      ...['apis/authorization.k8s.io', 'apis/authorization.k8s.io/v1', 'openid/v1/jwks', 'version'],
    ]);
    for (const [path, { serverRelativeURL }] of Object.entries(paths))
      expect(serverRelativeURL).toBe(`/openapi/v3/${path}?hash=${openApi.document(path)!.hash}`);
    expect(openApi.document('apis/none/v1')).toBeUndefined();
  });

  test.each(['api', 'api/v1', 'apis', 'apis/apps', 'apis/apps/v1', 'apis/authorization.k8s.io/v1', 'version'])(
    '%s refers to nothing that it lacks',
    (path) => {
      const document = parse(path);
      const components = Object.keys(at(document, 'components', 'schemas') as Json);
      for (const reference of references(document))
        expect(components).toContain(reference.replace('#/components/schemas/', ''));
    },
  );

  test('what only the daemon reads is not published', () => {
    const keys = [...keysOf(parse('api/v1'))];
    expect(keys.filter((key) => key.startsWith('x-reflet') || key.startsWith('x-protobuf'))).toEqual([]);
  });

  test('a patch names its kind and takes fieldValidation, by which kubectl decides who validates', () => {
    const patch = at(
      parse('apis/apps/v1'),
      'paths',
      '/apis/apps/v1/namespaces/{namespace}/deployments/{name}',
      'patch',
    );
    expect(at(patch, 'x-kubernetes-group-version-kind')).toEqual({ group: 'apps', version: 'v1', kind: 'Deployment' });
    const names = (at(patch, 'parameters') as Json[]).map(({ name }) => name);
    expect(names).toEqual(['dryRun', 'fieldManager', 'fieldValidation', 'force']);
    expect(Object.keys(at(patch, 'requestBody', 'content') as Json)).toContain('application/apply-patch+yaml');
  });

  test('verbs become operations, and only those served', () => {
    const paths = at(parse('api/v1'), 'paths') as Record<string, Json>;
    const operations = (path: string) =>
      Object.keys(paths[path] ?? {})
        .filter((key) => key !== 'parameters')
        .sort();
    expect(operations('/api/v1/namespaces/{namespace}/pods')).toEqual(['delete', 'get', 'post']);
    expect(operations('/api/v1/namespaces/{namespace}/pods/{name}')).toEqual(['delete', 'get', 'patch', 'put']);
    expect(operations('/api/v1/namespaces/{namespace}/pods/{name}/eviction')).toEqual(['post']);
    expect(operations('/api/v1/pods')).toEqual(['get']);
    expect(operations('/api/v1/namespaces/{name}')).toEqual(['delete', 'get', 'patch', 'put']);
    const reviews = at(parse('apis/authorization.k8s.io/v1'), 'paths') as Json;
    expect(Object.keys(reviews)).toEqual([
      '/apis/authorization.k8s.io/v1/',
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    ]);
  });

  test('operation ids are unique', () => {
    const ids = Object.values(at(parse('api/v1'), 'paths') as Record<string, Json>).flatMap((path) =>
      Object.values(path).map((operation) => (operation as Json)['operationId']),
    );
    const named = ids.filter((id) => id !== undefined);
    expect(new Set(named).size).toBe(named.length);
    expect(named).toContain('createCoreV1NamespacedPod');
  });

  test.each([
    ['api', '/api/', 'core', 'getCoreAPIVersions', 'apis.meta.v1.APIVersions'],
    ['api/v1', '/api/v1/', 'core_v1', 'getCoreV1APIResources', 'apis.meta.v1.APIResourceList'],
    ['apis', '/apis/', 'apis', 'getAPIVersions', 'apis.meta.v1.APIGroupList'],
    ['apis/apps', '/apis/apps/', 'apps', 'getAppsAPIGroup', 'apis.meta.v1.APIGroup'],
    ['apis/apps/v1', '/apis/apps/v1/', 'apps_v1', 'getAppsV1APIResources', 'apis.meta.v1.APIResourceList'],
    [
      'apis/authorization.k8s.io',
      '/apis/authorization.k8s.io/',
      'authorization',
      'getAuthorizationAPIGroup',
      'apis.meta.v1.APIGroup',
    ],
    ['version', '/version/', 'version', 'getCodeVersion', 'version.Info'],
  ])('%s describes discovery at %s, by which generated clients find it', (document, path, tag, id, schema) => {
    const operation = operationOf(document, path, 'get');
    expect(operation).toMatchObject({ tags: [tag], operationId: id });
    expect(at(operation.responses, '200', 'content', 'application/json', 'schema')).toEqual({
      $ref: `#/components/schemas/io.k8s.apimachinery.pkg.${schema}`,
    });
    expect(Object.keys(operation.responses)).toEqual(['200', '401']);
  });

  test.each([
    ['.well-known/openid-configuration', 'WellKnown', 'getServiceAccountIssuerOpenIDConfiguration', 'application/json'],
    ['openid/v1/jwks', 'openid', 'getServiceAccountIssuerOpenIDKeyset', 'application/jwk-set+json'],
  ])('%s is described as a text', (document, tag, id, type) => {
    const operation = operationOf(document, `/${document}/`, 'get');
    expect(operation).toMatchObject({ tags: [tag], operationId: id });
    expect(at(operation.responses, '200', 'content')).toEqual({ [type]: { schema: { type: 'string' } } });
  });

  test('groups of custom kinds alone have no such paths, as upstream', () => {
    const custom: ServedResource = {
      ...{ group: 'example.com', version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: true },
      ...{ verbs: VERBS, subresources: [], custom: { type: 'object' } },
    };
    const base = loadSchemas();
    const named = (name: string) => (name.startsWith('example.com/') ? custom.custom! : base.named(name));
    const { paths } = createOpenApi({ ...base, named }, [custom], 'v1.32.4').index();
    expect(Object.keys(paths).filter((path) => path.includes('example.com'))).toEqual(['apis/example.com/v1']);
  });

  const operationOf = (group: string, path: string, method: string) =>
    at(parse(group), 'paths', path, method) as Json & { responses: Json };

  test.each([
    ['/api/v1/namespaces/{namespace}/pods', 'delete', 'deletecollection', 'deleteCoreV1CollectionNamespacedPod'],
    ['/api/v1/watch/pods', 'get', 'watchlist', 'watchCoreV1PodListForAllNamespaces'],
    ['/api/v1/watch/namespaces/{namespace}/pods', 'get', 'watchlist', 'watchCoreV1NamespacedPodList'],
    ['/api/v1/watch/namespaces/{namespace}/pods/{name}', 'get', 'watch', 'watchCoreV1NamespacedPod'],
    ['/api/v1/watch/namespaces', 'get', 'watchlist', 'watchCoreV1NamespaceList'],
    ['/api/v1/watch/namespaces/{name}', 'get', 'watch', 'watchCoreV1Namespace'],
    ['/api/v1/namespaces/{namespace}/pods/{name}/exec', 'get', 'connect', 'connectCoreV1GetNamespacedPodExec'],
    ['/api/v1/namespaces/{namespace}/pods/{name}/exec', 'post', 'connect', 'connectCoreV1PostNamespacedPodExec'],
    ['/api/v1/namespaces/{namespace}/pods/{name}/proxy', 'put', 'connect', 'connectCoreV1PutNamespacedPodProxy'],
    [
      '/api/v1/namespaces/{namespace}/pods/{name}/proxy/{path}',
      'options',
      'connect',
      'connectCoreV1OptionsNamespacedPodProxyWithPath',
    ],
    ['/api/v1/namespaces/{namespace}/pods/{name}/log', 'get', 'get', 'readCoreV1NamespacedPodLog'],
  ])('%s %s is %s: %s, by which generated clients call it', (path, method, action, id) => {
    expect(operationOf('api/v1', path, method)).toMatchObject({ 'x-kubernetes-action': action, operationId: id });
  });

  test('what streams takes its own parameters and answers text; a watch answers events', () => {
    const pods = '/api/v1/namespaces/{namespace}/pods';
    const named = (path: string) =>
      (at(parse('api/v1'), 'paths', path, 'parameters') as { name: string }[]).map(({ name }) => name);
    expect(named(`${pods}/{name}/exec`)).toEqual(
      expect.arrayContaining(['command', 'container', 'stderr', 'stdin', 'stdout', 'tty']),
    );
    expect(named(`${pods}/{name}/log`)).toEqual(expect.arrayContaining(['follow', 'sinceSeconds', 'tailLines']));
    const schemaOf = (path: string) =>
      at(operationOf('api/v1', path, 'get').responses, '200', 'content', 'application/json', 'schema');
    expect(schemaOf(`${pods}/{name}/log`)).toEqual({ type: 'string' });
    expect(schemaOf('/api/v1/watch/pods')).toEqual({
      $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent',
    });
  });

  test('merge keys, kinds and special types stand as clients read them', () => {
    const schemas = at(parse('api/v1'), 'components', 'schemas');
    expect(at(schemas, 'io.k8s.api.core.v1.PodSpec', 'properties', 'containers')).toMatchObject({
      type: 'array',
      items: { allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.Container' }] },
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-list-type': 'map',
    });
    expect(at(schemas, 'io.k8s.api.core.v1.Pod', 'x-kubernetes-group-version-kind')).toEqual([
      { group: '', version: 'v1', kind: 'Pod' },
    ]);
    expect(at(schemas, 'io.k8s.apimachinery.pkg.util.intstr.IntOrString')).toMatchObject({
      format: 'int-or-string',
      oneOf: [{ type: 'integer' }, { type: 'string' }],
    });
    expect(at(schemas, 'io.k8s.apimachinery.pkg.api.resource.Quantity')).toMatchObject({
      oneOf: [{ type: 'string' }, { type: 'number' }],
    });
  });
});

describe('v2', () => {
  const swagger = JSON.parse(openApi.swagger().text) as Json;

  test('refers to nothing that it lacks and has every path', () => {
    expect(swagger['swagger']).toBe('2.0');
    const definitions = Object.keys(swagger['definitions'] as Json);
    for (const reference of references(swagger)) expect(definitions).toContain(reference.replace('#/definitions/', ''));
    expect(Object.keys(swagger['paths'] as Json)).toMatchInlineSnapshot(`
      [
        "/.well-known/openid-configuration/",
        "/api/",
        "/api/v1/",
        "/api/v1/namespaces",
        "/api/v1/namespaces/{namespace}/pods",
        "/api/v1/namespaces/{namespace}/pods/{name}",
        "/api/v1/namespaces/{namespace}/pods/{name}/eviction",
        "/api/v1/namespaces/{namespace}/pods/{name}/exec",
        "/api/v1/namespaces/{namespace}/pods/{name}/log",
        "/api/v1/namespaces/{namespace}/pods/{name}/proxy",
        "/api/v1/namespaces/{namespace}/pods/{name}/proxy/{path}",
        "/api/v1/namespaces/{namespace}/pods/{name}/status",
        "/api/v1/namespaces/{name}",
        "/api/v1/pods",
        "/api/v1/watch/namespaces",
        "/api/v1/watch/namespaces/{namespace}/pods",
        "/api/v1/watch/namespaces/{namespace}/pods/{name}",
        "/api/v1/watch/namespaces/{name}",
        "/api/v1/watch/pods",
        "/apis/",
        "/apis/apps/",
        "/apis/apps/v1/",
        "/apis/apps/v1/deployments",
        "/apis/apps/v1/namespaces/{namespace}/deployments",
        "/apis/apps/v1/namespaces/{namespace}/deployments/{name}",
        "/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale",
        "/apis/apps/v1/watch/deployments",
        "/apis/apps/v1/watch/namespaces/{namespace}/deployments",
        "/apis/apps/v1/watch/namespaces/{namespace}/deployments/{name}",
        "/apis/authorization.k8s.io/",
        "/apis/authorization.k8s.io/v1/",
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        "/openid/v1/jwks/",
        "/version/",
      ]
    `);
  });

  test('has no words of version 3', () => {
    const keys = keysOf(swagger['definitions']);
    expect(keys.has('oneOf')).toBe(false);
    expect(keys.has('allOf')).toBe(false);
  });
});

/** Mutating and validating webhooks through the REST verbs, with a real HTTPS server. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RestContext } from '../../daemon/api/rest/context.ts';
import { createObject } from '../../daemon/api/rest/create.ts';
import { deleteObject } from '../../daemon/api/rest/delete.ts';
import type { WriteParameters } from '../../daemon/api/rest/requests.ts';
import { updateScale } from '../../daemon/api/rest/scale.ts';
import { updateObject } from '../../daemon/api/rest/update.ts';
import type { KubeObject } from '../../daemon/base/object.ts';
import { admissionWebhooks, openWebhooks } from '../../daemon/bin/webhooks.ts';
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  ENDPOINTS,
  MUTATING_WEBHOOK_CONFIGURATIONS,
  NAMESPACES,
  SERVICES,
  VALIDATING_WEBHOOK_CONFIGURATIONS,
} from '../../daemon/kinds/resources.ts';
import type {
  ConfigMap,
  Deployment,
  MutatingWebhook,
  Service,
  ValidatingWebhook,
} from '../../daemon/kinds/types.generated.ts';
import { createRest, type Rest, refusalOf } from '../api/rest/support.ts';
import { ALLOW, type Answer, patchOf, startWebhookServer, type WebhookServer } from '../support/webhook-server.ts';

let rest: Rest;
let context: RestContext;
let server: WebhookServer;
beforeEach(async () => {
  rest = await createRest();
  server = await startWebhookServer(['127.0.0.1', 'hook.default.svc']);
  const webhooks = admissionWebhooks(openWebhooks(rest.store, () => undefined, rest.context.random));
  context = { ...rest.context, admission: { ...rest.context.admission, webhooks } };
});
afterEach(() => server.close());

const RULES = [
  { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE', 'DELETE'], resources: ['configmaps'] },
];

function webhook(extra: Partial<MutatingWebhook & ValidatingWebhook> = {}): ValidatingWebhook {
  return {
    name: 'hook.example.com',
    clientConfig: { url: server.url('/'), caBundle: server.caBundle },
    rules: RULES,
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    timeoutSeconds: 5,
    ...extra,
  };
}

const configureMutating = (name: string, ...webhooks: MutatingWebhook[]) =>
  rest.create(MUTATING_WEBHOOK_CONFIGURATIONS, { metadata: { name }, webhooks });
const configureValidating = (name: string, ...webhooks: ValidatingWebhook[]) =>
  rest.create(VALIDATING_WEBHOOK_CONFIGURATIONS, { metadata: { name }, webhooks });

const create = (
  data: Record<string, string> = {},
  metadata: KubeObject['metadata'] = { name: 'c' },
  parameters: WriteParameters = {},
) => createObject(context, rest.scope(CONFIG_MAPS, metadata?.namespace), { metadata, data } as KubeObject, parameters);
const dataOf = ({ entry }: Awaited<ReturnType<typeof create>>) => (entry.value as ConfigMap).data;

const denied = (response: object): Answer => ({ response: { allowed: false, ...response } });

describe('a validating webhook', () => {
  it('sees the request as it will be written', async () => {
    await configureValidating('v', webhook());
    await create({ a: '1' });
    expect(server.requests).toMatchObject([
      {
        operation: 'CREATE',
        kind: { group: '', version: 'v1', kind: 'ConfigMap' },
        resource: { group: '', version: 'v1', resource: 'configmaps' },
        requestKind: { kind: 'ConfigMap' },
        name: 'c',
        namespace: 'default',
        dryRun: false,
        userInfo: { username: 'admin', groups: ['system:masters'] },
        object: {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'c', uid: expect.any(String) },
          data: { a: '1' },
        },
        oldObject: null,
        options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      },
    ]);
  });

  it('sees what was, and deletions', async () => {
    await create({ a: '1' });
    await configureValidating('v', webhook());
    const next = { metadata: { name: 'c' }, data: { a: '2' } } as KubeObject;
    await updateObject(context, rest.target(CONFIG_MAPS, 'c'), next);
    await deleteObject(context, rest.target(CONFIG_MAPS, 'c'));
    expect(server.requests).toMatchObject([
      { operation: 'UPDATE', object: { data: { a: '2' } }, oldObject: { data: { a: '1' } } },
      { operation: 'DELETE', object: null, oldObject: { data: { a: '2' } } },
    ]);
    server.answer = () => denied({ status: { message: 'stays' } });
    await rest.create(CONFIG_MAPS, { metadata: { name: 'kept', namespace: 'default' } });
    expect((await refusalOf(deleteObject(context, rest.target(CONFIG_MAPS, 'kept')))).message).toBe(
      'admission webhook "hook.example.com" denied the request: stays',
    );
  });

  it.each([
    [{}, 400, undefined, 'admission webhook "hook.example.com" denied the request without explanation'],
    [
      { status: { message: 'no', code: 403, reason: 'Forbidden' } },
      403,
      'Forbidden',
      'admission webhook "hook.example.com" denied the request: no',
    ],
    [
      { status: { reason: 'Tuesday', code: 200 } },
      400,
      'Tuesday',
      'admission webhook "hook.example.com" denied the request: Tuesday',
    ],
  ])('says no: %j', async (response, code, reason, message) => {
    server.answer = () => denied(response);
    await configureValidating('v', webhook());
    const status = await refusalOf(create());
    expect(status).toMatchObject({ code, message, status: 'Failure' });
    expect(status.reason).toBe(reason);
  });

  it('tells of details what has the type that it should have', async () => {
    const cause = { reason: 'FieldValueInvalid', message: 'm', field: 'f' };
    const details = { name: 'n', kind: 5, causes: [cause, 'x', { field: 1 }], retryAfterSeconds: '1\r\nX-Evil: 1' };
    server.answer = () => denied({ status: { message: 'no', details } });
    await configureValidating('v', webhook());
    expect((await refusalOf(create())).details).toEqual({ name: 'n', causes: [cause, {}] });
    server.answer = () => denied({ status: { message: 'no', details: { causes: 5, retryAfterSeconds: 7 } } });
    expect((await refusalOf(create())).details).toEqual({ retryAfterSeconds: 7 });
  });

  it('warns', async () => {
    server.answer = () => ({ response: { allowed: true, warnings: ['careful'] } });
    await configureValidating('v', webhook());
    expect((await create()).warnings).toEqual(['careful']);
  });

  it.each<[Answer, string]>([
    [
      { status: 500, text: 'boom' },
      'failed to call webhook: an error on the server ("boom") has prevented the request from succeeding',
    ],
    [
      { status: 302, headers: { Location: '/elsewhere' }, text: '' },
      'failed to call webhook: the server responded with the status code 302 but did not return more information',
    ],
    [{ status: 200, text: 'no json' }, 'failed to call webhook: the answer is no JSON'],
    [{ response: { allowed: true, uid: 'other' } }, 'received invalid webhook response: expected response.uid='],
    [
      patchOf({ op: 'add', path: '/data/x', value: 'y' }),
      'received invalid webhook response: validating webhook may not return response.patch',
    ],
  ])('that answers %j fails as its failurePolicy says', async (answer, why) => {
    server.answer = () => answer;
    await configureValidating('v', webhook());
    const refused = await refusalOf(create());
    expect(refused).toMatchObject({ code: 500, reason: 'InternalError' });
    expect(refused.message).toContain(`Internal error occurred: failed calling webhook "hook.example.com": ${why}`);
    expect(server.requests.length).toBe(1);
    await deleteObject(rest.context, rest.target(VALIDATING_WEBHOOK_CONFIGURATIONS, 'v'));
    await configureValidating('v', webhook({ failurePolicy: 'Ignore' }));
    await create();
  });

  it('is not waited for longer than it may take', async () => {
    server.answer = () => 'nothing';
    await configureValidating('v', webhook({ timeoutSeconds: 1 }));
    expect((await refusalOf(create())).message).toBe(
      `Internal error occurred: failed calling webhook "hook.example.com": failed to call webhook: Post "https://127.0.0.1:${server.port}/?timeout=1s": context deadline exceeded`,
    );
  });

  it('is only believed by its certificate', async () => {
    await configureValidating('v', webhook({ clientConfig: { url: server.url('/') } }));
    expect((await refusalOf(create())).message).toContain(
      'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    );
    await deleteObject(rest.context, rest.target(VALIDATING_WEBHOOK_CONFIGURATIONS, 'v'));
    const url = `https://localhost:${server.port}/`;
    await configureValidating('v', webhook({ clientConfig: { url, caBundle: server.caBundle } }));
    expect((await refusalOf(create())).message).toContain(
      'x509: certificate is valid for 127.0.0.1, hook.default.svc, not localhost',
    );
    expect(server.requests).toEqual([]);
  });

  it('that nobody listens for is told of by address', async () => {
    await configureValidating('v', webhook({ clientConfig: { url: 'https://127.0.0.1:1/' } }));
    expect((await refusalOf(create())).message).toContain('dial tcp 127.0.0.1:1: connect: connection refused');
  });

  it('is asked only about what its selectors and match conditions want', async () => {
    await rest.create(NAMESPACES, { metadata: { name: 'prod', labels: { stage: 'prod' } } });
    await configureValidating(
      'v',
      webhook({
        namespaceSelector: { matchLabels: { stage: 'prod' } },
        objectSelector: { matchExpressions: [{ key: 'free', operator: 'DoesNotExist' }] },
        matchConditions: [
          {
            name: 'not-mine',
            expression: 'request.userInfo.username != "me" && !(has(object.data) && "skip" in object.data)',
          },
        ],
      }),
    );
    await create();
    await create({}, { name: 'c', namespace: 'prod', labels: { free: '' } });
    await create({ skip: '' }, { name: 'd', namespace: 'prod' });
    expect(server.requests).toEqual([]);
    await create({}, { name: 'e', namespace: 'prod' });
    expect(server.requests.length).toBe(1);
  });

  it('knows a dry run', async () => {
    await configureValidating('v', webhook({ sideEffects: 'NoneOnDryRun' }));
    await create({}, { name: 'c' }, { dryRun: true });
    expect(server.requests).toMatchObject([{ dryRun: true, options: { dryRun: ['All'] } }]);
  });

  it('never sees its own configuration', async () => {
    const everything = [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] }];
    await configureValidating('v', webhook({ rules: everything, clientConfig: { url: 'https://127.0.0.1:1/' } }));
    await deleteObject(context, rest.target(VALIDATING_WEBHOOK_CONFIGURATIONS, 'v'));
    await create();
  });

  it('answers behind a Service', async () => {
    const spec = { ports: [{ name: 'https', port: 443, targetPort: server.port }] };
    await rest.create(SERVICES, { metadata: { name: 'hook', namespace: 'default' }, spec } as Service);
    const service = { namespace: 'default', name: 'hook', path: '/judge' };
    await configureValidating('v', webhook({ clientConfig: { service, caBundle: server.caBundle } }));
    const called =
      'Internal error occurred: failed calling webhook "hook.example.com": failed to call webhook: Post "https://hook.default.svc:443';
    expect((await refusalOf(create())).message).toBe(
      `${called}/judge?timeout=5s": no endpoints available for service "hook"`,
    );
    const subsets = [{ addresses: [{ ip: '127.0.0.1' }], ports: [{ name: 'https', port: server.port }] }];
    rest.store.commit([
      {
        type: 'put',
        key: '/registry/core/endpoints/default/hook',
        value: {
          ...ENDPOINTS,
          apiVersion: 'v1',
          kind: 'Endpoints',
          metadata: { name: 'hook', namespace: 'default' },
          subsets,
        } as never,
        expect: 0,
      },
    ]);
    expect((await refusalOf(create())).message).toContain('address not allowed');
  });
});

describe('a mutating webhook', () => {
  it('changes what is written, before it is validated', async () => {
    server.answer = () =>
      patchOf(
        { op: 'add', path: '/data', value: { a: '1' } },
        { op: 'add', path: '/metadata/labels', value: { seen: '' } },
      );
    await configureMutating('m', webhook() as MutatingWebhook);
    const made = await create();
    expect(made.entry.value).toMatchObject({ metadata: { labels: { seen: '' } }, data: { a: '1' } });
    server.answer = () => patchOf({ op: 'add', path: '/data', value: { 'bad key!': '1' } });
    expect((await refusalOf(create({}, { name: 'd' }))).message).toContain(
      'ConfigMap "d" is invalid: data[bad key!]: Invalid value',
    );
    server.answer = () => patchOf({ op: 'replace', path: '/data/nothing/at/all', value: '' });
    expect((await refusalOf(create({}, { name: 'd' }))).code).toBe(500);
  });

  it('sees what those before it have made, in the order of their configurations', async () => {
    server.answer = ({ object }, path) =>
      patchOf({ op: 'add', path: `/data/${path.slice(1)}`, value: String(Object.keys(object.data).length) });
    const at = (path: string) =>
      webhook({ clientConfig: { url: server.url(path), caBundle: server.caBundle } }) as MutatingWebhook;
    await configureMutating('b', at('/third'));
    await configureMutating('a', at('/first'), { ...at('/second'), name: 'second.example.com' });
    expect(dataOf(await create({ zero: '' }))).toEqual({ zero: '', first: '1', second: '2', third: '3' });
  });

  it('is asked once more when others change the object after it', async () => {
    const asked: string[] = [];
    server.answer = ({ object }, path) => {
      asked.push(path);
      return object.data[path.slice(1)] ? ALLOW : patchOf({ op: 'add', path: `/data/${path.slice(1)}`, value: 'x' });
    };
    const at = (path: string, reinvocationPolicy: string) =>
      ({
        ...webhook({ clientConfig: { url: server.url(path), caBundle: server.caBundle } }),
        reinvocationPolicy,
      }) as MutatingWebhook;
    await configureMutating('a', at('/first', 'IfNeeded'));
    await configureMutating('b', at('/never', 'Never'));
    await configureMutating('c', at('/last', 'IfNeeded'));
    expect(dataOf(await create({ zero: '' }))).toEqual({ zero: '', first: 'x', never: 'x', last: 'x' });
    expect(asked).toEqual(['/first', '/never', '/last', '/first']);
  });

  it('is shown the Scale of a workload, and may change it', async () => {
    const containers = [{ name: 'c', image: 'i' }];
    const spec = {
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers } },
    };
    await rest.create(DEPLOYMENTS, { metadata: { name: 'd', namespace: 'default' }, spec } as Deployment);
    const rules = [
      { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['deployments/scale'] },
    ];
    server.answer = () => patchOf({ op: 'replace', path: '/spec/replicas', value: 3 });
    await configureMutating('m', webhook({ rules }) as MutatingWebhook);
    const scale = {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'd', namespace: 'default' },
      spec: { replicas: 7 },
    };
    const { entry } = await updateScale(context, rest.target(DEPLOYMENTS, 'd'), scale as never, {});
    expect(entry.value).toMatchObject({ kind: 'Scale', spec: { replicas: 3 } });
    expect(server.requests).toMatchObject([
      {
        kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
        resource: { group: 'apps', version: 'v1', resource: 'deployments' },
        subResource: 'scale',
        object: { kind: 'Scale', spec: { replicas: 7 } },
        oldObject: { kind: 'Scale', spec: { replicas: 1 } },
      },
    ]);
  });

  it('may refuse', async () => {
    server.answer = () => denied({ status: { message: 'not today' } });
    await configureMutating('m', webhook() as MutatingWebhook);
    expect((await refusalOf(create())).message).toBe(
      'admission webhook "hook.example.com" denied the request: not today',
    );
  });

  it('holds no address of a Service that is refused after all', async () => {
    const rules = [{ ...RULES[0]!, resources: ['services'] }];
    server.answer = () => denied({});
    await configureValidating('v', webhook({ rules }));
    const service = { metadata: { name: 's' }, spec: { clusterIP: '10.96.0.77', ports: [{ port: 80 }] } };
    const again = () => createObject(context, rest.scope(SERVICES), structuredClone(service) as never);
    await refusalOf(again());
    server.answer = () => ALLOW;
    await again();
  });
});

describe('rules of webhook configurations', () => {
  it('tell what is wrong', async () => {
    const bad = {
      name: 'short',
      clientConfig: { url: 'http://user@/x?y#z', service: undefined },
      rules: [
        {
          operations: ['*', 'CREATE'],
          apiGroups: [],
          apiVersions: [''],
          resources: ['a/*', 'a/b', '*', 'c'],
          scope: 'Galaxy',
        },
      ],
      failurePolicy: 'Maybe',
      sideEffects: 'Some',
      timeoutSeconds: 31,
      admissionReviewVersions: ['v2'],
      matchConditions: [{ name: '', expression: 'params.x' }],
    };
    const good = webhook({ clientConfig: { service: { name: '', namespace: 'd', path: 'x//y', port: 0 } } });
    const refused = await refusalOf(configureValidating('bad', bad as never, good, good));
    expect(refused.details?.causes?.map(({ field, message }) => `${field}: ${message}`)).toMatchSnapshot();
  });

  it('have defaults', async () => {
    const { clientConfig, sideEffects, admissionReviewVersions, rules } = webhook();
    const made = await configureMutating('m', {
      name: 'a.b.c',
      clientConfig,
      sideEffects,
      admissionReviewVersions,
      rules,
    });
    expect(made.webhooks?.[0]).toMatchObject({
      failurePolicy: 'Fail',
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
      timeoutSeconds: 10,
      reinvocationPolicy: 'Never',
      rules: [{ scope: '*' }],
    });
  });
});

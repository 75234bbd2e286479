/** What policies and webhooks see of evictions, bindings, token requests and ephemeral containers, and what their say does. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RestContext } from '../../daemon/api/rest/context.ts';
import { createObject } from '../../daemon/api/rest/create.ts';
import { callSubresource } from '../../daemon/api/rest/subresources.ts';
import { admissionWebhooks, openWebhooks } from '../../daemon/bin/webhooks.ts';
import type { Resource } from '../../daemon/kinds/resource.ts';
import {
  BINDINGS,
  MUTATING_WEBHOOK_CONFIGURATIONS,
  PODS,
  SERVICE_ACCOUNTS,
  VALIDATING_ADMISSION_POLICIES,
  VALIDATING_ADMISSION_POLICY_BINDINGS,
  VALIDATING_WEBHOOK_CONFIGURATIONS,
} from '../../daemon/kinds/resources.ts';
import type { MutatingWebhook, Pod, ValidatingWebhook } from '../../daemon/kinds/types.generated.ts';
import { createRest, type Rest, refusalOf } from '../api/rest/support.ts';
import { ALLOW, patchOf, startWebhookServer, type WebhookServer } from '../support/webhook-server.ts';

let rest: Rest;
let context: RestContext;
let server: WebhookServer;
const annotated: Record<string, string> = {};
beforeEach(async () => {
  rest = await createRest();
  server = await startWebhookServer(['127.0.0.1']);
  server.answer = () => ALLOW;
  const webhooks = admissionWebhooks(openWebhooks(rest.store, () => undefined, rest.context.random));
  context = {
    ...rest.context,
    admission: { ...rest.context.admission, webhooks },
    annotate: (key, value) => {
      annotated[key] = value;
    },
  };
  for (const key of Object.keys(annotated)) delete annotated[key];
  await rest.create(PODS, {
    metadata: { name: 'p', namespace: 'default' },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  } as Pod);
});
afterEach(() => server.close());

const call = (resource: Resource, name: string, subresource: string, body: object, parameters = {}) =>
  callSubresource(context, rest.target(resource, name), subresource, 'create', body, parameters);

const EVICTION = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } };
const BINDING = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'p' }, target: { kind: 'Node', name: 'n1' } };
const TOKEN = {
  apiVersion: 'authentication.k8s.io/v1',
  kind: 'TokenRequest',
  spec: { audiences: ['vault'], expirationSeconds: 600 },
};

const rule = (resource: string) => [
  { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: [resource] },
];
const webhook = (resource: string): ValidatingWebhook => ({
  name: 'hook.example.com',
  clientConfig: { url: server.url('/'), caBundle: server.caBundle },
  rules: rule(resource),
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
});
const configure = (resource: string) =>
  rest.create(VALIDATING_WEBHOOK_CONFIGURATIONS, { metadata: { name: 'v' }, webhooks: [webhook(resource)] });
const configureMutating = (resource: string) =>
  rest.create(MUTATING_WEBHOOK_CONFIGURATIONS, {
    metadata: { name: 'm' },
    webhooks: [webhook(resource) as MutatingWebhook],
  });

async function addPolicy(resource: string, expression: string): Promise<void> {
  await rest.create(VALIDATING_ADMISSION_POLICIES, {
    metadata: { name: 'demo' },
    spec: { matchConstraints: { resourceRules: rule(resource) }, validations: [{ expression }] },
  });
  await rest.create(VALIDATING_ADMISSION_POLICY_BINDINGS, {
    metadata: { name: 'b' },
    spec: { policyName: 'demo', validationActions: ['Deny'] },
  });
}

describe('a webhook', () => {
  it.each<[string, Resource, string, string, object, object]>([
    ['pods/eviction', PODS, 'p', 'eviction', EVICTION, { group: 'policy', version: 'v1', kind: 'Eviction' }],
    ['pods/binding', PODS, 'p', 'binding', BINDING, { group: '', version: 'v1', kind: 'Binding' }],
    [
      'serviceaccounts/token',
      SERVICE_ACCOUNTS,
      'default',
      'token',
      TOKEN,
      { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
    ],
  ])('sees what is posted to %s, and may refuse it', async (pattern, resource, name, subresource, body, kind) => {
    await configure(pattern);
    server.answer = () => ({
      response: { allowed: false, status: { message: 'not now' }, auditAnnotations: { why: 'night' } },
    });
    expect(await refusalOf(call(resource, name, subresource, body))).toMatchObject({
      code: 400,
      message: 'admission webhook "hook.example.com" denied the request: not now',
    });
    expect(server.requests).toMatchObject([
      {
        ...{ operation: 'CREATE', kind, requestKind: kind, subResource: subresource, requestSubResource: subresource },
        resource: { group: '', version: 'v1', resource: resource.plural },
        ...{ name, namespace: 'default', dryRun: false, oldObject: null },
        object: { ...body, metadata: { namespace: 'default' } },
        options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      },
    ]);
    expect(annotated['hook.example.com/why']).toBe('night');
    server.answer = () => ({ response: { allowed: true, warnings: ['careful'] } });
    expect((await call(resource, name, subresource, body, { dryRun: true })).warnings).toContain('careful');
    expect(server.requests[1]).toMatchObject({ dryRun: true, options: { dryRun: ['All'] } });
  });

  it('sees an eviction as clients before 1.22 write it in its newest version', async () => {
    await configure('pods/eviction');
    await call(PODS, 'p', 'eviction', { ...EVICTION, apiVersion: 'policy/v1beta1' });
    expect(server.requests).toMatchObject([{ object: { apiVersion: 'policy/v1' }, kind: { version: 'v1' } }]);
  });

  it('of pods sees nothing of their subresources', async () => {
    await configure('pods');
    await call(PODS, 'p', 'binding', BINDING);
    expect(server.requests).toEqual([]);
  });

  it('may change what is asked for', async () => {
    await configureMutating('pods/binding');
    server.answer = () => patchOf({ op: 'replace', path: '/target/name', value: 'n2' });
    await call(PODS, 'p', 'binding', BINDING);
    expect(rest.store.get('/registry/core/pods/default/p')!.value).toMatchObject({ spec: { nodeName: 'n2' } });
  });

  it('sees a binding that is posted to the collection too', async () => {
    await configure('bindings');
    await createObject(context, rest.scope(BINDINGS, 'default'), structuredClone(BINDING) as never);
    expect(server.requests).toMatchObject([
      { kind: { group: '', version: 'v1', kind: 'Binding' }, object: { target: { name: 'n1' } } },
    ]);
  });
});

describe('a policy', () => {
  it.each<[string, string, () => Promise<unknown>, string]>([
    [
      'pods/eviction',
      "!(request.kind.kind == 'Eviction' && request.subResource == 'eviction' && object.metadata.name == 'p')",
      () => call(PODS, 'p', 'eviction', EVICTION),
      'pods "p" is forbidden',
    ],
    [
      'pods/binding',
      "request.kind.kind == 'Binding' && object.target.name != 'n1'",
      () => call(PODS, 'p', 'binding', BINDING),
      'pods "p" is forbidden',
    ],
    [
      'serviceaccounts/token',
      "!object.spec.audiences.exists(one, one == 'vault')",
      () => call(SERVICE_ACCOUNTS, 'default', 'token', TOKEN),
      'serviceaccounts "default" is forbidden',
    ],
  ])('judges %s', async (resource, expression, act, message) => {
    await addPolicy(resource, expression);
    expect(await refusalOf(act())).toMatchObject({
      code: 422,
      message: expect.stringContaining(
        `${message}: ValidatingAdmissionPolicy 'demo' with binding 'b' denied request: failed expression`,
      ),
    });
  });
});

it('what is posted for another namespace is refused', async () => {
  const elsewhere = { ...EVICTION, metadata: { name: 'p', namespace: 'other' } };
  expect(await refusalOf(call(PODS, 'p', 'eviction', elsewhere))).toMatchObject({
    code: 400,
    message: 'the namespace of the provided object does not match the namespace sent on the request',
  });
});

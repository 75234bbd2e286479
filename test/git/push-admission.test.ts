/** ValidatingAdmissionPolicies hold for a push as for the API: each object is judged, the whole commit refused, with the place. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ALLOW, patchOf, startWebhookServer, type WebhookServer } from '../support/webhook-server.ts';
import { createWorld, stored, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

const POLICY = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: few}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE, DELETE], resources: [configmaps]}
  validations:
  - expression: "request.operation == 'DELETE' ? oldObject.metadata.name != 'kept' : size(object.data) <= 1"
    message: one key each
`;
const binding = (action: string) => `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: few-everywhere}
spec: {policyName: few, validationActions: [${action}]}
`;
const configMap = (name: string, data: string) => `apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}, namespace: default}
data: ${data}
`;

describe('a policy', () => {
  it('of the same commit judges the commit; of an earlier one the next', async () => {
    const clone = await world.clone('a');
    const policy = { 'z/policy.yaml': POLICY, 'z/binding.yaml': binding('Deny') };
    await clone.commit({ ...policy, 'a.yaml': configMap('a', '{a: "1", b: "2"}') });
    const refused = await clone.push();
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toContain(
      "a.yaml:1:1: configmap default/a: configmaps \"a\" is forbidden: ValidatingAdmissionPolicy 'few' with binding 'few-everywhere' denied request: one key each",
    );
    await clone.commit({ 'a.yaml': configMap('a', '{a: "1"}'), 'kept.yaml': configMap('kept', '{a: "1"}') });
    const fine = await clone.push();
    expect(fine.stderr).not.toContain('rejected');
    expect(fine.exitCode).toBe(0);
    expect(stored(world.store, 'configmaps', 'a', 'default')).toBeDefined();
    await clone.commit({ 'a.yaml': configMap('a', '{a: "1", b: "2"}') });
    expect((await clone.push()).stderr).toContain('denied request: one key each');
    await clone.commit({ 'a.yaml': configMap('a', '{a: "1"}'), 'kept.yaml': undefined });
    expect((await clone.push()).stderr).toContain('denied request: one key each');
  });

  it('warns in the push’s output', async () => {
    const clone = await world.clone('a');
    const policy = { 'z/policy.yaml': POLICY, 'z/binding.yaml': binding('Warn') };
    await clone.commit({ ...policy, 'a.yaml': configMap('a', '{a: "1", b: "2"}') });
    const { exitCode, stderr } = await clone.push();
    expect(exitCode).toBe(0);
    expect(stderr).toContain(
      "Validation failed for ValidatingAdmissionPolicy 'few' with binding 'few-everywhere': one key each",
    );
  });
});

describe('webhooks', () => {
  let server: WebhookServer;
  beforeEach(async () => {
    server = await startWebhookServer();
  });
  afterEach(() => server.close());

  const configuration = (kind: 'Validating' | 'Mutating', extra = '') => `apiVersion: admissionregistration.k8s.io/v1
kind: ${kind}WebhookConfiguration
metadata: {name: hook}
webhooks:
- name: hook.example.com
  clientConfig: {url: "${server.url(`/${kind}`)}", caBundle: ${server.caBundle}}
  rules: [{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [configmaps]}]
  sideEffects: None
  admissionReviewVersions: [v1]
  ${extra}
`;

  it('judge each object of a push, from the push after the one that brings them', async () => {
    server.answer = ({ object, oldObject }) =>
      (object ?? oldObject).data.bad
        ? { response: { allowed: false, status: { message: 'bad data' }, warnings: ['hm'] } }
        : ALLOW;
    const clone = await world.clone('a');
    await clone.commit({ 'hook.yaml': configuration('Validating'), 'a.yaml': configMap('a', '{bad: "1"}') });
    expect((await clone.push()).exitCode).toBe(0);
    expect(server.requests).toEqual([]);
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`many/${index}.yaml`, configMap(`m${index}`, '{a: "1"}')]),
    );
    await clone.commit({ ...many, 'b.yaml': configMap('b', '{bad: "1"}') });
    const refused = await clone.push();
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toContain(
      'b.yaml:1:1: configmap default/b: admission webhook "hook.example.com" denied the request: bad data',
    );
    expect(refused.stderr).toContain('1 problem; nothing was changed');
    expect(server.requests.length).toBe(41);
    await clone.commit({ 'b.yaml': undefined });
    expect((await clone.push()).exitCode).toBe(0);
    await clone.commit({ 'a.yaml': undefined });
    expect((await clone.push()).stderr).toContain('denied the request: bad data');
  });

  it('change what is published', async () => {
    server.answer = () => patchOf({ op: 'add', path: '/data/added', value: 'x' });
    const clone = await world.clone('a');
    await clone.commit({ 'hook.yaml': configuration('Mutating') });
    expect((await clone.push()).exitCode).toBe(0);
    await clone.commit({ 'a.yaml': configMap('a', '{own: "1"}') });
    expect((await clone.push()).exitCode).toBe(0);
    expect(stored(world.store, 'configmaps', 'a', 'default')).toMatchObject({ data: { own: '1', added: 'x' } });
    // What is in force is not applied again for what a webhook made of it.
    const { revision } = world.store;
    await clone.commit({ 'README.md': 'text' });
    expect((await clone.push()).exitCode).toBe(0);
    expect(world.store.revision).toBe(revision);
  });

  it('that do not answer refuse a push, or are ignored, as they say', async () => {
    const clone = await world.clone('a');
    await clone.commit({
      'hook.yaml': configuration('Validating').replace(/url: "[^"]*"/, 'url: "https://127.0.0.1:1/"'),
    });
    expect((await clone.push()).exitCode).toBe(0);
    await clone.commit({ 'a.yaml': configMap('a', '{a: "1"}') });
    expect((await clone.push()).stderr).toContain(
      'failed calling webhook "hook.example.com": failed to call webhook: Post "https://127.0.0.1:1/?timeout=10s": dial tcp 127.0.0.1:1: connect: connection refused',
    );
    await clone.commit({
      'a.yaml': undefined,
      'hook.yaml': configuration('Validating', 'failurePolicy: Ignore').replace(
        /url: "[^"]*"/,
        'url: "https://127.0.0.1:1/"',
      ),
    });
    expect((await clone.push()).exitCode).toBe(0);
    await clone.commit({ 'a.yaml': configMap('a', '{a: "1"}') });
    expect((await clone.push()).exitCode).toBe(0);
  });
});

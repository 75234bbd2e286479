/** A plan asks the webhooks as a dry run, and plans with what they answer. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { ALLOW, patchOf, startWebhookServer, type WebhookServer } from '../support/webhook-server.ts';
import { deployment } from './support/manifests.ts';
import { createPlannedWorld, type PlannedWorld } from './support/planned-world.ts';

let world: PlannedWorld;
let server: WebhookServer;
beforeAll(async () => {
  world = await createPlannedWorld();
  server = await startWebhookServer();
});
afterAll(async () => {
  await world.close();
  await server.close();
});

it('is told what a webhook refuses and changes', async () => {
  const configuration = (kind: string) =>
    JSON.stringify({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: `${kind}WebhookConfiguration`,
      metadata: { name: 'hook' },
      webhooks: [
        {
          name: 'hook.example.com',
          clientConfig: { url: server.url(`/${kind}`), caBundle: server.caBundle },
          rules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['*'], resources: ['deployments'] }],
          sideEffects: 'NoneOnDryRun',
          admissionReviewVersions: ['v1'],
        },
      ],
    });
  await world.person.commit({ 'm.json': configuration('Mutating'), 'v.json': configuration('Validating') });
  expect((await world.merge()).exitCode).toBe(0);
  server.answer = ({ object }, path) => {
    if (path === '/Mutating') return patchOf({ op: 'replace', path: '/spec/replicas', value: 3 });
    return object.metadata.name === 'bad'
      ? { response: { allowed: false, status: { message: 'not this one' } } }
      : ALLOW;
  };
  const good = await world.plan(await world.propose({ 'good.yaml': deployment('good', { replicas: 1 }) }));
  expect(good.result).not.toBe('refused');
  expect(server.requests.length).toBe(2);
  expect(server.requests.every(({ dryRun }) => dryRun)).toBe(true);
  expect(good.pods.changes.length).toBe(3);
  const bad = await world.plan(await world.propose({ 'bad.yaml': deployment('bad', { replicas: 1 }) }));
  expect(bad).toMatchObject({ result: 'refused' });
  expect(bad.problems.join('\n')).toContain('admission webhook "hook.example.com" denied the request: not this one');
});

/** Calls of webhooks behind a Service: over a connection that somebody else makes, to a server whose certificate names the Service. */

import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWebhookCaller } from '../../daemon/webhook/caller.ts';
import { ALLOW, startWebhookServer, type WebhookServer } from '../support/webhook-server.ts';

let server: WebhookServer;
beforeEach(async () => {
  server = await startWebhookServer(['hook.default.svc']);
});
afterEach(() => server.close());

const body = { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request: { uid: 'u' } };
const asked: object[] = [];
const caller = createWebhookCaller({
  connectService: async (service) => {
    asked.push(service);
    if (service.name === 'nobody') throw new Error('no endpoints available for service "nobody"');
    return connect(server.port, '127.0.0.1');
  },
});
const call = (name: string, more: object = {}, sent: object = body) =>
  caller.post({
    clientConfig: { service: { namespace: 'default', name, ...more }, caBundle: server.caBundle },
    body: sent,
    timeoutMs: 30_000,
  });

describe('a webhook behind a Service', () => {
  it('is called as name.namespace.svc', async () => {
    server.answer = (_, path) => (path === '/judge' ? ALLOW : { status: 404, text: '' });
    expect(await call('hook', { path: '/judge' })).toMatchObject({ response: { uid: 'u', allowed: true } });
    expect(asked.at(-1)).toMatchObject({ namespace: 'default', name: 'hook', port: 443 });
    await expect(call('hook', { path: 'other', port: 8443 })).rejects.toThrow(
      'the server could not find the requested resource',
    );
    expect(asked.at(-1)).toMatchObject({ port: 8443 });
  });

  it('must be named by its certificate', async () => {
    await expect(call('other')).rejects.toThrow(
      'Post "https://other.default.svc:443/?timeout=30s": tls: failed to verify certificate: x509: certificate is valid for hook.default.svc',
    );
  });

  it('needs an endpoint', async () => {
    await expect(call('nobody')).rejects.toThrow(
      'Post "https://nobody.default.svc:443/?timeout=30s": no endpoints available for service "nobody"',
    );
  });

  it('may not answer without end', async () => {
    server.answer = () => ({ status: 200, text: `"${'x'.repeat(4 * 1024 * 1024)}"` });
    await expect(call('hook')).rejects.toThrow(/the answer has more than 31\d{5} bytes/);
  });

  it('may answer with all that it was sent, as it is in another version', async () => {
    const text = 'x'.repeat(4 * 1024 * 1024);
    server.answer = () => ({ status: 200, text: JSON.stringify({ text }) });
    const sent = { ...body, request: { uid: 'u', object: { text } } };
    expect(await call('hook', {}, sent)).toEqual({ text });
  });
});

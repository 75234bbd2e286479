/** A client in a container finds the API and is let in as its pod's service account. */

import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RefletHost, SKIP_E2E, startReflet } from '../support/reflet.ts';

const MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

describe.skipIf(SKIP_E2E)('in a container', () => {
  let host: RefletHost;
  beforeAll(async () => {
    host = await startReflet({ port: 16_443 });
    await host.must('rollout', 'status', 'deployment/hello', '--timeout=100s');
  });
  afterAll(() => host?.close());

  const inPod = (script: string) => host.must('exec', 'deployment/hello', '--', 'sh', '-c', script);
  /** With what the container has, and nothing else: busybox itself speaks no TLS with elliptic curves. */
  const get = async (path: string): Promise<{ code: number; text: string }> => {
    const [ca, token] = [await inPod(`cat ${MOUNT}/ca.crt`), await inPod(`cat ${MOUNT}/token`)];
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          ...{ host: '127.0.0.1', port: 16_443, servername: 'kubernetes.default.svc', path, ca, agent: false },
          headers: { authorization: `Bearer ${token}` },
        },
        (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => {
            text += chunk.toString('utf8');
          });
          response.on('end', () => resolve({ code: response.statusCode ?? 0, text }));
        },
      );
      sent.on('error', reject);
      sent.end();
    });
  };

  it('the token, the authority and the namespace are there, and the API’s name resolves', async () => {
    expect(await inPod(`cat ${MOUNT}/namespace`)).toBe('default');
    expect(await inPod(`cat ${MOUNT}/ca.crt`)).toContain('BEGIN CERTIFICATE');
    expect(await inPod('echo $KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT')).toMatch(/^10\.96\.0\.1:443/);
    expect(await inPod('nslookup kubernetes.default.svc.cluster.local')).toContain('10.96.0.1');
  });

  it('it is let in as its account, with that account’s rights', async () => {
    expect(await inPod('echo | nc -w 5 kubernetes.default.svc 443 && echo reached')).toContain('reached');
    expect((await get('/api/v1/namespaces/default/pods')).code).toBe(403);
    await host.must('create', 'rolebinding', 'see', '--clusterrole=view', '--serviceaccount=default:default');
    expect(await get('/api/v1/namespaces/default/pods')).toMatchObject({ code: 200 });
    expect((await get('/api/v1/namespaces/default/secrets')).code).toBe(403);
    expect((await get('/openid/v1/jwks')).text).toContain('"kty":"EC"');
  });
});

/** exec as clients other than kubectl ask for it, on a node that runs nothing. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ExecOptions, NodeService, Session } from '../../daemon/client/node-service.ts';
import { PODS } from '../../daemon/kinds/resources.ts';
import { type ApiUnderTest, NAMESPACE, startApi } from './api-server.ts';

const IN = `/api/v1/namespaces/${NAMESPACE}/pods`;

/** Which streams the node was asked for, and whether for a terminal. */
const asked: string[] = [];

async function exec(_pod: unknown, { tty, ...streams }: ExecOptions): Promise<Session> {
  const wanted = (['stdin', 'stdout', 'stderr'] as const).filter((name) => streams[name]);
  asked.push([...wanted, ...(tty ? ['tty'] : [])].join(' '));
  return { resize: () => {}, exit: Promise.resolve(0), close: () => {} };
}

let api: ApiUnderTest;
let credentials: { cert: string; key: string };
beforeAll(async () => {
  api = await startApi({ nodes: () => ({ exec }) as unknown as NodeService });
  const pair = await api.pki.issueClient('system:admin', ['system:masters']);
  credentials = { cert: pair.certificate, key: pair.key };
  const spec = { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] };
  await api.client().create(PODS, { metadata: { name: 'web', namespace: NAMESPACE }, spec });
});
afterAll(() => api?.close());

/** How the session ended: with its protocol and final message, or with the refusal. */
function outcome(path: string, protocols: string[]): Promise<string> {
  const url = `wss://127.0.0.1:${api.port}${IN}/${path}`;
  const socket = new WebSocket(url, protocols, { ca: api.pki.caCertificate, ...credentials });
  return new Promise((resolve) => {
    let last = '';
    socket.on('message', (data) => {
      last = data.toString();
    });
    socket.on('close', () => resolve(`${socket.protocol} ${last.slice(1)}`));
    socket.on('unexpected-response', (_request, answer) => {
      let text = '';
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => resolve(`${answer.statusCode} ${JSON.parse(text).message}`));
    });
    socket.on('error', () => {});
  });
}

describe('exec', () => {
  it('with a terminal and standard error, as Headlamp always asks: one output, as from the kubelet', async () => {
    const protocols = ['base64.binary.k8s.io', 'v4.channel.k8s.io', 'v3.channel.k8s.io', 'channel.k8s.io'];
    const ended = await outcome('web/exec?container=c&command=sh&stdin=1&stderr=1&stdout=1&tty=1', protocols);
    expect(ended).toBe('v4.channel.k8s.io {"metadata":{},"status":"Success"}');
    expect(asked).toEqual(['stdin stdout tty']);
  });

  it.each([
    ['web/exec?command=sh', '400 you must specify at least 1 of stdin, stdout, stderr'],
    ['web/exec?command=sh&stderr=1&tty=1', '400 you must specify at least 1 of stdin, stdout, stderr'],
    ['web/exec?stdout=1', '400 you must specify at least one command for the container'],
    ['none/exec', '404 pods "none" not found'],
  ])('%s: %s', async (path, refusal) => {
    expect(await outcome(path, ['v4.channel.k8s.io'])).toBe(refusal);
  });
});

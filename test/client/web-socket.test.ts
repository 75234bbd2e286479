/** Watches over WebSocket, as dashboards in browsers have them, and credentials where a browser cannot set headers. */

import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { loadSchemas } from '../../daemon/schema/load.ts';
import { createProtobufCodec } from '../../daemon/schema/protobuf.ts';
import { type ApiUnderTest, NAMESPACE, startApi } from './api-server.ts';

const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
const codec = createProtobufCodec(loadSchemas());
const JSON_TYPE = { 'Content-Type': 'application/json' };

let api: ApiUnderTest;
let credentials: { cert: string; key: string };
beforeAll(async () => {
  api = await startApi();
  const pair = await api.pki.issueClient('system:admin', ['system:masters']);
  credentials = { cert: pair.certificate, key: pair.key };
});
afterAll(() => api?.close());

const open = (path: string, protocols: string[] = [], options: object = credentials) =>
  new WebSocket(`wss://127.0.0.1:${api.port}${path}`, protocols, { ca: api.pki.caCertificate, ...options });
const write = (name: string) =>
  api.ask('POST', CONFIG_MAPS, {
    headers: JSON_TYPE,
    body: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }),
  });

/** What it says, message by message, until it is closed; and how it ended. */
function listen(socket: WebSocket) {
  const messages: string[] = [];
  socket.on('message', (data, isBinary) => messages.push(isBinary ? '(binary)' : data.toString()));
  const ended = new Promise<string>((resolve) => {
    socket.on('close', (code) => resolve(`closed ${code}`));
    socket.on('unexpected-response', (_request, answer) => {
      let text = '';
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => resolve(`${answer.statusCode} ${JSON.parse(text).message}`));
    });
    socket.on('error', () => {});
  });
  return { messages, ended };
}

describe('a watch over WebSocket', () => {
  it('is one text message an event, and ends with its time-out', async () => {
    await write('before');
    const query = 'watch=true&fieldSelector=metadata.name!%3Dkube-root-ca.crt';
    const protocols = ['base64.binary.k8s.io'];
    const socket = open(`${CONFIG_MAPS}?${query}`, protocols);
    const { messages } = listen(socket);
    await expect.poll(() => messages.length).toBe(1);
    await write('after');
    await expect.poll(() => messages.length).toBe(2);
    socket.terminate();
    const short = listen(open(`${CONFIG_MAPS}?${query}&timeoutSeconds=1`, protocols));
    expect(await short.ended).toBe('closed 1000');
    expect(new Set(short.messages)).toEqual(new Set(messages));
    expect(messages.map((one) => JSON.parse(one))).toMatchObject([
      { type: 'ADDED', object: { kind: 'ConfigMap', metadata: { name: 'before' } } },
      { type: 'ADDED', object: { kind: 'ConfigMap', metadata: { name: 'after' } } },
    ]);
  });

  it('is one binary message an event for who asks for protobuf', async () => {
    await write('binary');
    const query = 'watch=true&fieldSelector=metadata.name%3Dbinary';
    const accept = { Accept: 'application/vnd.kubernetes.protobuf;stream=watch' };
    const socket = open(`${CONFIG_MAPS}?${query}`, [], { ...credentials, headers: accept });
    const [data, isBinary] = await once(socket, 'message');
    socket.close();
    expect(isBinary).toBe(true);
    // A WatchEvent: its type in field 1, and in field 2 the object, whole.
    expect(data.toString('latin1', 0, 7)).toBe('\n\x05ADDED');
    const object = data.subarray(data.indexOf('k8s\0'));
    expect(codec.decode(object)).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'binary' } });
  });

  it('is refused before it is opened', async () => {
    const refusal = (path: string, protocols?: string[], options?: object) =>
      listen(open(path, protocols, options)).ended;
    expect(await refusal('/api/v1/widgets?watch=true')).toBe('404 the server could not find the requested resource');
    expect(await refusal(`${CONFIG_MAPS}?watch=true&labelSelector=!!`)).toMatch(/^400 unable to parse requirement/);
    expect(await refusal(`${CONFIG_MAPS}?watch=true`, [], {})).toMatch(/^403 .*system:anonymous.*cannot watch/);
    expect(await refusal(CONFIG_MAPS)).toMatch(/^400 nothing at .* takes an upgrade/);
  });
});

describe('a token among the subprotocols', () => {
  const bearer = (token: string) => `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`;
  const token = async () => {
    const { json } = await api.ask('POST', `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/default/token`, {
      headers: JSON_TYPE,
      body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }),
    });
    return json.status.token as string;
  };
  const path = `${CONFIG_MAPS}?watch=true`;

  it('tells who asks, and is not answered with', async () => {
    const { ended } = listen(open(path, [bearer(await token()), 'base64.binary.k8s.io'], {}));
    expect(await ended).toMatch(/^403 .*"system:serviceaccount:work:default" cannot watch/);
  });

  it('is refused when it is wrong, or alone', async () => {
    expect(await listen(open(path, [bearer('nonsense'), 'base64.binary.k8s.io'], {})).ended).toBe('401 Unauthorized');
    expect(await listen(open(path, [bearer(await token())], {})).ended).toBe('401 Unauthorized');
  });
});

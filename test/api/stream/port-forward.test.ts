/** Port-forward over its three carriers, against a node that echoes. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWebSocketStream, WebSocket } from 'ws';
import { readRequestInfo } from '../../../daemon/api/http/request-info.ts';
import type { UpgradeCall } from '../../../daemon/api/http/server.ts';
import { answerPortForward } from '../../../daemon/api/stream/port-forward.ts';
import type { NodeService } from '../../../daemon/client/node-service.ts';
import type { Store } from '../../../daemon/store/store.ts';
import { type SpdyClient, speakSpdy, upgradeToSpdy } from '../../support/spdy-client.ts';

const POD = { metadata: { name: 'web', namespace: 'default', uid: 'u1' }, spec: { nodeName: 'n1', containers: [] } };
const PATH = '/api/v1/namespaces/default/pods/web/portforward';

/** The server's ends of what was forwarded. */
const opened: Duplex[] = [];

/** Port 80 echoes, port 82 says goodbye and closes; nothing listens elsewhere. */
async function portForward(_pod: unknown, port: number): Promise<Duplex> {
  if (port !== 80 && port !== 82) throw new Error(`dial tcp 127.0.0.1:${port}: connect: connection refused`);
  const [near, far] = duplexPair();
  if (port === 80) far.pipe(far);
  else far.end('bye');
  opened.push(near);
  return near;
}

let server: Server;
let port: number;
beforeAll(async () => {
  server = createServer();
  server.on('upgrade', (asked, socket, head) => {
    socket.on('error', () => {});
    const info = readRequestInfo(asked.method!, asked.url!);
    const call = { info, request: asked, socket, head, resource: info.resource! } as UpgradeCall & {
      resource: NonNullable<typeof info.resource>;
    };
    const store = { get: () => ({ value: POD }) } as unknown as Store;
    answerPortForward(call, store, () => ({ portForward }) as unknown as NodeService).catch(
      (error: { code: number; message: string }) =>
        socket.end(`HTTP/1.1 ${error.code} No\r\nContent-Length: ${error.message.length}\r\n\r\n${error.message}`),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function connect(path: string, protocols: string[]): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols);
  return new Promise((resolve, reject) => socket.once('open', () => resolve(socket)).once('error', reject));
}

/** By hand: the library refuses to ask for a subprotocol with a slash. */
async function openTunnel(): Promise<Duplex> {
  const asked = request({
    host: '127.0.0.1',
    port,
    path: PATH,
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
      'Sec-WebSocket-Protocol': 'SPDY/3.1+portforward.k8s.io',
    },
  });
  asked.end();
  const [response, socket, head] = (await once(asked, 'upgrade')) as [IncomingMessage, Socket, Buffer];
  expect(response.headers['sec-websocket-protocol']).toBe('SPDY/3.1+portforward.k8s.io');
  const client = Object.assign(new WebSocket(null as unknown as string, undefined, {}), { _isServer: false });
  (client as unknown as { setSocket(...args: unknown[]): void }).setSocket(socket, head, { maxPayload: 1 << 20 });
  return createWebSocketStream(client);
}

const CARRIERS: [string, () => Promise<SpdyClient>][] = [
  ['SPDY', () => upgradeToSpdy(port, PATH, ['portforward.k8s.io'])],
  ['SPDY in a WebSocket', async () => speakSpdy(await openTunnel())],
];

describe.each(CARRIERS)('over %s', (_carrier, open) => {
  const pairOf = async (client: SpdyClient, forwarded: string, requestId: string) => {
    const common = { port: forwarded, requestID: requestId };
    const error = await client.open({ streamType: 'error', ...common });
    error.end();
    return { error, data: await client.open({ streamType: 'data', ...common }) };
  };

  it('carries connections side by side, megabytes each', async () => {
    const client = await open();
    const pairs = [await pairOf(client, '80', '0'), await pairOf(client, '80', '1')];
    for (const [index, { data }] of pairs.entries()) {
      for (let part = 0; part < 32; part++) data.write(Buffer.alloc(64 * 1024, `${index}`));
      data.end();
    }
    for (const [index, { data, error }] of pairs.entries()) {
      expect(await data.ended).toBe(true);
      expect(await error.ended).toBe(true);
      expect(data.received().equals(Buffer.alloc(2 << 20, `${index}`))).toBe(true);
      expect(error.received().toString()).toBe('');
    }
    client.transport.destroy();
  });

  it('says on the error stream that nothing listens, and goes on', async () => {
    const client = await open();
    const { error, data } = await pairOf(client, '81', '0');
    expect(await error.ended).toBe(true);
    expect(await data.ended).toBe(true);
    expect(error.received().toString()).toBe(
      'error forwarding port 81 to pod web, uid u1: dial tcp 127.0.0.1:81: connect: connection refused',
    );
    const again = await pairOf(client, '80', '1');
    again.data.write('x');
    again.data.end();
    expect(await again.data.ended).toBe(true);
    expect(again.data.received().toString()).toBe('x');
    client.transport.destroy();
  });

  it('resets streams that make no sense', async () => {
    const client = await open();
    expect(await (await client.open({ streamType: 'data', port: '0', requestID: '9' })).ended).toBe(false);
    expect(await (await client.open({ streamType: 'sideways', port: '80', requestID: '9' })).ended).toBe(false);
    client.transport.destroy();
  });
});

describe('over channels of a WebSocket', () => {
  it('has a data and an error channel a port, which begin with the port', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${PATH}?ports=80,81`, ['v4.channel.k8s.io']);
    const received: Record<number, Buffer> = {};
    socket.on('message', (data: Buffer) => {
      received[data[0]!] = Buffer.concat([received[data[0]!] ?? Buffer.alloc(0), data.subarray(1)]);
    });
    await once(socket, 'open');
    socket.send(Buffer.concat([Buffer.from([0]), Buffer.from('hello')]));
    await expect.poll(() => received[0]?.toString('latin1')).toBe('P\0hello');
    await expect.poll(() => received[3]?.subarray(2).toString()).toContain('error forwarding port 81');
    expect(received[1]).toEqual(Buffer.from([80, 0]));
    socket.terminate();
  });

  it('ends when all that is forwarded has ended, as Python’s client waits for', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${PATH}?ports=82,81`, ['v4.channel.k8s.io']);
    let received = '';
    socket.on('message', (data: Buffer) => {
      if (data[0] === 0) received += data.subarray(1).toString('latin1');
    });
    const [code] = await once(socket, 'close');
    expect({ code, received }).toEqual({ code: 1000, received: 'R\0bye' });
  });

  it('lets go of the pod when the client goes', async () => {
    const socket = await connect(`${PATH}?ports=80`, ['v4.channel.k8s.io']);
    await expect.poll(() => opened.at(-1)?.destroyed).toBe(false);
    socket.terminate();
    await expect.poll(() => opened.at(-1)?.destroyed).toBe(true);
  });

  it('needs ports', async () => {
    await expect(connect(PATH, ['v4.channel.k8s.io'])).rejects.toThrow('422');
    await expect(connect(`${PATH}?ports=0`, ['v4.channel.k8s.io'])).rejects.toThrow('400');
  });
});

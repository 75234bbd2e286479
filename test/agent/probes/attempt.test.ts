import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { attempt, resolvePort } from '../../../daemon/agent/probes/attempt.ts';

const servers: { close(): unknown }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: {
  listen(port: number, host: string, done: () => void): unknown;
  address(): unknown;
  close(): unknown;
}): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const target = {
  containerId: 'x',
  ip: '127.0.0.1',
  container: { name: 'c', ports: [{ name: 'http', containerPort: 1234 }] },
};
const exec = {
  run: async () => ({ exitCode: 3, output: 'not yet\n', timedOut: false }),
  spawn: () => Promise.reject(new Error('unused')),
};

describe('probe attempts', () => {
  it('http: 200 to 399 is good, anything else says its code', async () => {
    let agent = '';
    const port = await listening(
      createHttpServer((request, response) => {
        agent = request.headers['user-agent'] ?? '';
        response.statusCode = request.url === '/ok' ? 204 : 503;
        response.end();
      }),
    );
    expect(await attempt({ httpGet: { path: '/ok', port } }, target, exec)).toEqual({ success: true, message: '' });
    expect(agent).toBe('kube-probe/1.32');
    expect(await attempt({ httpGet: { path: '/bad', port } }, target, exec)).toEqual({
      success: false,
      message: 'HTTP probe failed with statuscode: 503',
    });
  });

  it('http: a server that never answers fails in time', async () => {
    const port = await listening(createServer());
    const { success, message } = await attempt({ timeoutSeconds: 0.1, httpGet: { path: '/', port } }, target, exec);
    expect({ success, message }).toMatchObject({
      success: false,
      message: expect.stringContaining('context deadline exceeded'),
    });
  });

  it('tcp: connects or says it was refused', async () => {
    const server = createServer();
    const port = await listening(server);
    expect(await attempt({ tcpSocket: { port } }, target, exec)).toEqual({ success: true, message: '' });
    server.close();
    expect(await attempt({ tcpSocket: { port } }, target, exec)).toEqual({
      success: false,
      message: `dial tcp 127.0.0.1:${port}: connect: connection refused`,
    });
  });

  it('grpc: asks the health service', async () => {
    const answer = (status: number) => Buffer.from([0, 0, 0, 0, 2, 0x08, status]);
    const server = createHttp2Server();
    server.on('stream', (stream, headers) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      stream.end(headers[':path'] === '/grpc.health.v1.Health/Check' ? answer(1) : answer(2));
    });
    const port = await listening(server);
    expect(await attempt({ grpc: { port } }, target, exec)).toEqual({ success: true, message: '' });
  });

  it('exec: the exit code decides, the output explains', async () => {
    expect(await attempt({ exec: { command: ['false'] } }, target, exec)).toEqual({
      success: false,
      message: 'not yet\n',
    });
  });

  it('finds ports by name', () => {
    expect(resolvePort('http', target.container)).toBe(1234);
    expect(resolvePort('nope', target.container)).toBeUndefined();
  });
});

import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { attempt as attemptOnce, resolvePort } from '../../../daemon/agent/probes/attempt.ts';

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

/** With more patience than the second that is the default: what answers comes as soon as it comes. */
const attempt: typeof attemptOnce = (probe, ...more) => attemptOnce({ timeoutSeconds: 30, ...probe }, ...more);

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

  it('http: follows redirects within the host, and takes one that leads elsewhere or nowhere as good, with a warning', async () => {
    const seen: string[] = [];
    const redirects: Record<string, string | undefined> = {
      '/to-ok': '/ok',
      '/to-bad': '/bad',
      '/to-elsewhere': 'http://elsewhere.invalid/',
      '/loop': '/loop',
    };
    const port = await listening(
      createHttpServer((request, response) => {
        seen.push(request.url ?? '');
        const location = redirects[request.url ?? ''];
        response.statusCode = location || request.url === '/none' ? 302 : request.url === '/ok' ? 200 : 500;
        if (location) response.setHeader('Location', location);
        response.end(`see ${location}`);
      }),
    );
    const at = (path: string) => attempt({ httpGet: { path, port } }, target, exec);
    expect(await at('/to-ok')).toMatchObject({ success: true });
    expect(await at('/to-bad')).toEqual({ success: false, message: 'HTTP probe failed with statuscode: 500' });
    const terminated = (body: string) => ({
      success: true,
      warning: true,
      message: `Probe terminated redirects, Response body: ${body}`,
    });
    expect(await at('/to-elsewhere')).toEqual(terminated('see http://elsewhere.invalid/'));
    expect(await at('/none')).toEqual(terminated('see undefined'));
    expect(await at('/loop')).toMatchObject({ message: expect.stringContaining('stopped after 10 redirects') });
    expect(seen.slice(0, 2)).toEqual(['/to-ok', '/ok']);
  });

  it('http: sends the author’s headers, and keeps its own unless they are replaced or emptied', async () => {
    let headers: string[] = [];
    const port = await listening(
      createHttpServer((request, response) => {
        headers = request.rawHeaders;
        response.end();
      }),
    );
    const httpHeaders = [
      { name: 'Host', value: 'shop.example' },
      { name: 'X-A', value: '1' },
      { name: 'x-a', value: '2' },
      { name: 'user-agent', value: 'mine' },
      { name: 'Accept', value: '' },
    ];
    expect(await attempt({ httpGet: { path: 'a b?c=d e', port, httpHeaders } }, target, exec)).toMatchObject({
      success: true,
    });
    expect(headers).toEqual([
      'Host',
      'shop.example',
      'X-A',
      '1',
      'X-A',
      '2',
      'user-agent',
      'mine',
      'Connection',
      'close',
    ]);
  });

  it('never rejects, whatever the author wrote', async () => {
    const hostile = [
      { httpGet: { path: '/', port: 1, httpHeaders: [{ name: 'x', value: 'a\r\nb: c' }] } },
      { httpGet: { path: '/\ud800\n ü', port: 1 } },
      { httpGet: { path: '/', port: 'nope' } },
      { httpGet: { path: '/', port: 1, host: '\0 %' } },
      { tcpSocket: { port: 1, host: 'no such host' } },
      { tcpSocket: { port: 70_000 } },
      { grpc: { port: 1, service: 'x'.repeat(500) } },
      {},
    ];
    for (const probe of hostile) expect(await attempt(probe, target, exec)).toMatchObject({ success: false });
    const broken = { ...exec, run: () => Promise.reject(new Error('no space left on device')) };
    expect(await attempt({ exec: { command: ['x'] } }, target, broken)).toEqual({
      success: false,
      message: 'no space left on device',
      errored: true,
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
    const port = await listening(createServer());
    expect(await attempt({ tcpSocket: { port } }, target, exec)).toEqual({ success: true, message: '' });
    expect(await attempt({ tcpSocket: { port: 1 } }, target, exec)).toEqual({
      success: false,
      message: 'dial tcp 127.0.0.1:1: connect: connection refused',
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

  it('grpc: tells an unhealthy service, a server without the protocol, and none at all apart', async () => {
    const server = createHttp2Server();
    let asked = '';
    server.on('stream', (stream, headers) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        asked = Buffer.concat(chunks)
          .subarray(5 + 3)
          .toString();
        if (headers[':path'] !== '/grpc.health.v1.Health/Check') return stream.close();
        if (asked.startsWith('missing')) {
          stream.respond(
            { ':status': 200, 'grpc-status': '12', 'grpc-message': 'unknown service' },
            { endStream: true },
          );
          return;
        }
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
        stream.end(Buffer.from([0, 0, 0, 0, 2, 0x08, 2]));
      });
    });
    const port = await listening(server);
    const long = 'n'.repeat(300);
    expect(await attempt({ grpc: { port, service: long } }, target, exec)).toEqual({
      success: false,
      message: 'service unhealthy (responded with "NOT_SERVING")',
    });
    expect(asked).toBe(long);
    expect(await attempt({ grpc: { port, service: `missing${long}` } }, target, exec)).toEqual({
      success: false,
      message:
        'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown service',
    });
    expect(await attempt({ grpc: { port: 1 } }, target, exec)).toEqual({
      success: false,
      message: 'error: failed to connect service at "127.0.0.1:1": connect: connection refused',
    });
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

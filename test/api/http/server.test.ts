/** The server itself: answers that fail half-way, clients that go away, places that are given back. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createInFlight } from '../../../daemon/api/http/in-flight.ts';
import { type ApiServer, type ApiServerOptions, startApiServer } from '../../../daemon/api/http/server.ts';
import { createTurns } from '../../../daemon/api/http/turns.ts';
import { openPki, type Pki } from '../../../daemon/auth/pki.ts';
import { systemClock } from '../../../daemon/base/clock.ts';
import { silentLogger } from '../../../daemon/base/log.ts';

let directory: string;
let pki: Pki;
const errors: unknown[] = [];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reflet-server-'));
  pki = await openPki(directory, ['127.0.0.1'], systemClock);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function start(
  route: ApiServerOptions['route'],
  readingMax = 10,
  upgrade: ApiServerOptions['upgrade'] = () => Promise.reject(new Error('no upgrades here')),
): Promise<ApiServer> {
  return startApiServer({
    host: '127.0.0.1',
    port: 0,
    tls: { server: pki.server, clientAuthority: pki.caCertificate },
    authenticator: {
      authenticate: async () => ({ username: 'ada', groups: [] }),
      review: async () => undefined,
    },
    authorizer: { authorize: () => ({ allowed: true, reason: '' }) },
    inFlight: createInFlight({ readingMax }),
    inTurn: createTurns(systemClock),
    log: { ...silentLogger, error: (about: unknown) => errors.push(about) } as typeof silentLogger,
    route,
    upgrade,
    authorizesItself: () => false,
    observe: () => {},
  });
}

async function send(port: number, text: string) {
  const socket = connect({ host: '127.0.0.1', port, ca: pki.caCertificate });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  socket.write(text);
  return socket;
}

const GET = 'GET /x HTTP/1.1\r\nHost: x\r\n';
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('an answer that fails after it has begun', () => {
  it('cuts the connection and nothing else, though the request is still being sent', async () => {
    const server = await start(async ({ response }) => {
      response.write('begun');
      throw new Error('too late');
    });
    const socket = await send(server.port, `${GET}Content-Length: 5\r\n\r\n`);
    const chunks = await socket.toArray().catch(() => []);
    expect(Buffer.concat(chunks).toString()).not.toContain('too late');
    expect(errors.splice(0)).toMatchObject([{ err: { message: 'too late' } }]);
    await server.close(); // an unhandled rejection fails the run
  });
});

describe('a client that goes away', () => {
  it('in the middle of its body writes no error into the log', async () => {
    const server = await start(async ({ request }) => {
      for await (const _ of request);
    });
    const socket = await send(server.port, 'POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{"a":');
    await pause(100);
    socket.destroy();
    await pause(200);
    expect(errors.splice(0)).toEqual([]);
    await server.close();
  });

  it('gives its place back', async () => {
    const server = await start(() => new Promise(() => {}), 2); // one for each user
    const first = await send(server.port, `${GET}\r\n`);
    await pause(100);
    const second = await send(server.port, `${GET}Connection: close\r\n\r\n`);
    const refused = Buffer.concat(await second.toArray()).toString();
    expect(refused).toMatch(/^HTTP\/1\.1 429 Too Many Requests\r\n/);
    expect(refused).toMatch(/\r\nRetry-After: 1\r\n/i);
    first.destroy();
    await pause(100);
    const third = await send(server.port, `${GET}\r\n`);
    const answered = new Promise((resolve) => third.once('data', resolve));
    expect(await Promise.race([answered, pause(300).then(() => 'waits')])).toBe('waits');
    third.destroy();
    await server.close();
  });
});

describe('an upgraded connection', () => {
  it('ends with the server', async () => {
    const taken = Promise.withResolvers<void>();
    const server = await start(
      async () => {},
      10,
      async ({ socket }) => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
        taken.resolve();
      },
    );
    const socket = await send(server.port, `${GET}Connection: Upgrade\r\nUpgrade: x\r\n\r\n`);
    socket.resume();
    await taken.promise;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await server.close();
    await closed;
  });
});

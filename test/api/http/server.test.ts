/** The server itself: answers that fail half-way, clients that go away, places that are given back. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Auditor } from '../../../daemon/api/audit/auditor.ts';
import { readConfiguration } from '../../../daemon/api/http/fairness/configuration.ts';
import { createFairness, type Fairness } from '../../../daemon/api/http/fairness/fairness.ts';
import { type ApiServer, type ApiServerOptions, startApiServer } from '../../../daemon/api/http/server.ts';
import { createStreams } from '../../../daemon/api/http/streams.ts';
import { openPki, type Pki } from '../../../daemon/auth/pki.ts';
import type { UserInfo } from '../../../daemon/auth/user.ts';
import { systemClock, systemIds } from '../../../daemon/base/clock.ts';
import { silentLogger } from '../../../daemon/base/log.ts';
import { notFound, type StatusDetails, StatusError } from '../../../daemon/base/status.ts';
import { loadSchemas } from '../../../daemon/schema/load.ts';
import { createProtobufCodec } from '../../../daemon/schema/protobuf.ts';

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
  seats = 10,
  upgrade: ApiServerOptions['upgrade'] = () => Promise.reject(new Error('no upgrades here')),
  more: Partial<ApiServerOptions> = {},
): Promise<ApiServer> {
  return startApiServer({
    host: '127.0.0.1',
    port: 0,
    tls: { server: pki.server, clientAuthority: pki.caCertificate },
    authenticator: {
      authenticate: async () => ({ username: 'ada', groups: ['system:authenticated'] }),
      review: async () => undefined,
    },
    authorizer: { authorize: () => ({ allowed: true, reason: '' }) },
    fairness: createFairness(readConfiguration([], [], seats), {
      clock: systemClock,
      count: () => 0,
      observer: { dispatched: () => {}, rejected: () => {} },
    }),
    streams: createStreams(),
    protobuf: createProtobufCodec(loadSchemas()),
    log: { ...silentLogger, error: (about: unknown) => errors.push(about) } as typeof silentLogger,
    route,
    upgrade,
    authorizesItself: () => false,
    beginRequest: () => () => {},
    ...more,
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

it.each([
  ['in protobuf', 'Accept: application/vnd.kubernetes.protobuf\r\n', { causes: 5 }],
  ['in its header', '', { retryAfterSeconds: '1\r\nX-Evil: 1' }],
])('an error that cannot be told %s cuts the connection and nothing else', async (_how, header, details) => {
  for (const isLater of [false, true]) {
    const error = new StatusError(400, 'BadRequest', 'no', details as unknown as StatusDetails);
    const server = await start(() => {
      if (isLater) return Promise.reject(error);
      throw error;
    });
    const socket = await send(server.port, `${GET}${header}\r\n`);
    expect(await socket.toArray().catch(() => [])).toEqual([]);
    expect(errors.splice(0)).toMatchObject([{ err: expect.any(TypeError), method: 'GET' }]);
    await server.close();
  }
});

describe('a route that throws at once', () => {
  it.each([
    ['when it began at once', 0],
    ['when it had to wait', 30],
  ])('is answered with its Status %s', async (_when, holdMs) => {
    let began = 0;
    const server = await start(() => {
      if (began++ === 0 && holdMs > 0) {
        const until = performance.now() + holdMs;
        while (performance.now() < until); // more than a turn's slice: the next one waits
      }
      throw notFound({ group: '', resource: 'pods' }, 'p');
    });
    const socket = await send(server.port, `${GET}\r\n${GET}Connection: close\r\n\r\n`);
    const answers = Buffer.concat(await socket.toArray()).toString();
    expect(answers.match(/^HTTP\/1\.1 404 Not Found/gm)).toHaveLength(2);
    expect(answers.match(/pods \\"p\\" not found/g)).toHaveLength(2);
    expect([began, errors.splice(0)]).toEqual([2, []]);
    await server.close();
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
    const server = await start(() => new Promise(() => {}), 1);
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

describe('a client that goes away before its request is come to', () => {
  const seats = (fairness: Fairness) => fairness.levels().reduce((sum, { executing }) => sum + executing, 0);
  const fair = () =>
    createFairness(readConfiguration([], [], 10), {
      clock: systemClock,
      count: () => 0,
      observer: { dispatched: () => {}, rejected: () => {} },
    });

  it('gives back the places of all requests that it sent on behind one that lasts', async () => {
    const fairness = fair();
    const answered = new Set<string>();
    let ended = 0;
    const route: ApiServerOptions['route'] = ({ info, response }) => {
      answered.add(info.path);
      return info.path.startsWith('/lasts') ? new Promise(() => {}) : void response.end('fine');
    };
    const server = await start(route, 10, undefined, { fairness, beginRequest: () => () => void ended++ });
    const paths = ['/lasts', '/a', '/lasts/b'];
    const socket = await send(server.port, paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
    await expect.poll(() => [...answered].sort()).toEqual(['/a', '/lasts', '/lasts/b']);
    socket.destroy();
    await expect.poll(() => ended).toBe(3);
    expect(seats(fairness)).toBe(0);
    await server.close();
  });

  it.each([
    ['a request', ''],
    ['an upgrade', 'Connection: Upgrade\r\nUpgrade: x\r\n'],
  ])('takes no place with %s of somebody who is known only then', async (_what, headers) => {
    const fairness = fair();
    const asked = Promise.withResolvers<void>();
    const known = Promise.withResolvers<UserInfo>();
    const ada = { username: 'ada', groups: ['system:authenticated'] };
    const over = Promise.withResolvers<void>();
    if (headers !== '') over.resolve(); // closed with the server
    const streams = createStreams({ max: 1 });
    let begun = 0;
    const begin = async () => void begun++;
    const authenticate = () => {
      asked.resolve();
      return known.promise;
    };
    const authenticator = { authenticate, review: async () => undefined };
    const server = await start(begin, 10, begin, {
      ...{ fairness, streams, authenticator },
      beginRequest: () => () => over.resolve(),
    });
    const request = 'GET /api/v1/namespaces/a/pods?watch=1 HTTP/1.1\r\nHost: x\r\n';
    const socket = await send(server.port, `${request}${headers}\r\n`);
    await asked.promise;
    await server.close(); // and with it the connection
    await over.promise;
    known.resolve(ada);
    await new Promise(setImmediate);
    expect([seats(fairness), begun]).toEqual([0, 0]);
    streams.enter(ada)(); // throws when the only place is taken
    socket.destroy();
  });
});

it('a client that comes back resumes its session', async () => {
  const server = await start(async ({ response }) => void response.end('fine'));
  const visit = async (session?: Buffer): Promise<{ isReused: boolean; ticket: Buffer | undefined }> => {
    const socket = connect({
      host: '127.0.0.1',
      port: server.port,
      ca: pki.caCertificate,
      ...(session ? { session } : {}),
    });
    let ticket: Buffer | undefined;
    let isReused = false;
    socket.once('secureConnect', () => {
      isReused = socket.isSessionReused();
    });
    socket.on('session', (given: Buffer) => {
      ticket = given;
    });
    socket.write(`${GET}Connection: close\r\n\r\n`);
    expect(Buffer.concat(await socket.toArray()).toString()).toContain('fine');
    return { isReused, ticket };
  };
  const first = await visit();
  expect(first.isReused).toBe(false);
  expect((await visit(first.ticket)).isReused).toBe(true);
  await server.close();
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

  it('is told of to the audit when it begins and when it is over, as work of that request', async () => {
    const events: unknown[] = [];
    const complete = Promise.withResolvers<void>();
    const audit = new Auditor({
      policy: { rules: [{ level: 'Metadata' }] },
      sink: {
        write({ stage, responseStatus, annotations }) {
          events.push([stage, responseStatus, annotations?.['seen']]);
          if (stage === 'ResponseComplete') complete.resolve();
        },
      },
      ...{ clock: systemClock, ids: systemIds },
    });
    const server = await start(
      async () => {},
      10,
      async ({ socket }) => {
        audit.current()?.annotate('seen', 'yes');
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
        socket.end('bye');
      },
      { audit },
    );
    const socket = await send(server.port, `${GET}Connection: Upgrade\r\nUpgrade: x\r\n\r\n`);
    expect(Buffer.concat(await socket.toArray()).toString()).toMatch(/^HTTP\/1\.1 101 [\s\S]*bye$/);
    await server.close();
    await complete.promise;
    const status = { metadata: {}, code: 101 };
    expect(events).toEqual([
      ['RequestReceived', undefined, undefined],
      ['ResponseStarted', status, 'yes'],
      ['ResponseComplete', status, 'yes'],
    ]);
  });
});

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHealth, type HealthCheck } from '../../../daemon/api/http/health.ts';
import { readRequestInfo } from '../../../daemon/api/http/request-info.ts';
import type { Call } from '../../../daemon/api/http/server.ts';
import { silentLogger } from '../../../daemon/base/log.ts';

const problems: { etcd?: string; informers?: string } = {};
const CHECKS: HealthCheck[] = [
  { name: 'ping', check: () => undefined },
  { name: 'etcd', check: () => problems.etcd },
  { name: 'informer-sync', readyOnly: true, check: () => problems.informers },
  { name: 'poststarthook/rbac/bootstrap-roles', check: () => undefined },
];
const logged: unknown[] = [];
let server: Server;
let base: string;
beforeAll(async () => {
  const health = createHealth(CHECKS, { ...silentLogger, info: (...told) => logged.push(told) });
  server = createServer((request, response) => {
    const info = readRequestInfo(request.method!, request.url!);
    health.answer({ info, request, response, user: { username: 'ada', groups: [] } } as Call);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

async function get(path: string): Promise<[code: number, text: string]> {
  const answer = await fetch(base + path);
  expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  return [answer.status, await answer.text()];
}

const LIVE = '[+]ping ok\n[+]etcd ok\n[+]poststarthook/rbac/bootstrap-roles ok\n';

describe('health', () => {
  it.each([
    ['/livez', 200, 'ok'],
    ['/readyz', 200, 'ok'],
    ['/healthz', 200, 'ok'],
    ['/livez?verbose', 200, `${LIVE}livez check passed\n`],
    ['/healthz?verbose=false', 200, `${LIVE}healthz check passed\n`],
    [
      '/readyz?verbose',
      200,
      '[+]ping ok\n[+]etcd ok\n[+]informer-sync ok\n[+]poststarthook/rbac/bootstrap-roles ok\nreadyz check passed\n',
    ],
    ['/livez/etcd', 200, 'ok'],
    ['/livez/poststarthook/rbac/bootstrap-roles', 200, 'ok'],
    ['/readyz/informer-sync', 200, 'ok'],
    ['/livez/informer-sync', 404, '404 page not found\n'],
    ['/livez/nothing', 404, '404 page not found\n'],
    ['/livez/', 404, '404 page not found\n'],
    [
      '/livez?verbose&exclude=etcd',
      200,
      '[+]ping ok\n[+]etcd excluded: ok\n[+]poststarthook/rbac/bootstrap-roles ok\nlivez check passed\n',
    ],
    [
      '/livez?verbose&exclude=z&exclude=etcd&exclude=a',
      200,
      '[+]ping ok\n[+]etcd excluded: ok\n[+]poststarthook/rbac/bootstrap-roles ok\n' +
        'warn: some health checks cannot be excluded: no matches for "a","z"\nlivez check passed\n',
    ],
  ])('%s', async (path, code, text) => {
    expect(await get(path)).toEqual([code, text]);
  });

  it('fails by name, and tells why where that is asked for, and in the log', async () => {
    problems.etcd = 'the disk is full';
    expect(await get('/livez')).toEqual([
      500,
      '[+]ping ok\n[-]etcd failed: reason withheld\n[+]poststarthook/rbac/bootstrap-roles ok\nlivez check failed\n',
    ]);
    expect(logged.splice(0)).toEqual([[{ failed: { etcd: 'the disk is full' } }, 'livez check failed']]);
    expect(await get('/livez/etcd')).toEqual([500, 'internal server error: the disk is full\n']);
    expect(await get('/livez?exclude=etcd')).toEqual([200, 'ok']);
    expect(logged).toEqual([]);
    delete problems.etcd;
  });

  it('of readiness alone says nothing about being alive', async () => {
    problems.informers = 'not synced';
    expect(await get('/livez')).toEqual([200, 'ok']);
    expect(await get('/healthz')).toEqual([200, 'ok']);
    expect((await get('/readyz'))[0]).toBe(500);
    delete problems.informers;
  });
});

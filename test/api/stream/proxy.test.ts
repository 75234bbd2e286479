/** The proxy subresources: where they lead, what is carried and what is not, and what a caller is told when nothing answers. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { readRequestInfo } from '../../../daemon/api/http/request-info.ts';
import type { ResourceCall } from '../../../daemon/api/http/resource-handler.ts';
import type { UpgradeCall } from '../../../daemon/api/http/server.ts';
import { answerProxy, answerProxyUpgrade, type ProxyContext } from '../../../daemon/api/stream/proxy.ts';
import { linkThrough } from '../../../daemon/api/stream/proxy-links.ts';
import { findProxyTarget } from '../../../daemon/api/stream/proxy-target.ts';
import type { NodeService } from '../../../daemon/client/node-service.ts';
import type { Store } from '../../../daemon/store/store.ts';

const OBJECTS: Record<string, unknown> = {
  '/registry/core/nodes/n1': {
    metadata: { name: 'n1' },
    status: { addresses: [{ type: 'InternalIP', address: '192.0.2.7' }] },
  },
  '/registry/core/pods/default/web': pod('10.244.0.5'),
  '/registry/core/pods/default/proxy-1': pod('10.244.0.7'),
  '/registry/core/pods/services/pods': pod('10.244.0.7'),
  '/registry/core/pods/default/sly': pod('127.0.0.1'),
  '/registry/core/services/default/web': {
    spec: {
      ports: [
        { name: 'http', port: 80 },
        { name: 'admin', port: 81 },
      ],
    },
  },
  '/registry/core/endpoints/default/web': {
    subsets: [
      {
        addresses: [
          { ip: '10.244.0.5', nodeName: 'n1' },
          { ip: '10.244.0.6', nodeName: 'n1' },
        ],
        ports: [{ name: 'http', port: 8080 }],
      },
    ],
  },
  '/registry/core/services/default/empty': { spec: { ports: [{ port: 80 }] } },
};
function pod(podIP: string) {
  return {
    metadata: { name: 'web', namespace: 'default', uid: 'u' },
    spec: { nodeName: 'n1', containers: [{ name: 'c', ports: [{ containerPort: 8080 }] }] },
    status: { podIP },
  };
}

const store = {
  get: (key: string) => (OBJECTS[key] ? { value: OBJECTS[key] } : undefined),
} as unknown as Store;

describe('where it leads', () => {
  const find = (plural: string, name: string) =>
    findProxyTarget(
      store,
      readRequestInfo('GET', `/api/v1/namespaces/default/${plural}/${name}/proxy/`).resource!,
      (count) => count - 1,
    );

  it.each([
    ['pods', 'web', { scheme: 'http', address: '10.244.0.5', port: 8080, nodeName: 'n1' }],
    ['pods', 'web:81', { scheme: 'http', address: '10.244.0.5', port: 81, nodeName: 'n1' }],
    ['pods', 'https:web:8443', { scheme: 'https', address: '10.244.0.5', port: 8443, nodeName: 'n1' }],
    ['services', 'web:http', { scheme: 'http', address: '10.244.0.6', port: 8080, nodeName: 'n1' }],
    ['services', 'web:80', { scheme: 'http', address: '10.244.0.6', port: 8080, nodeName: 'n1' }],
  ])('%s/%s', (plural, name, target) => expect(find(plural, name)).toEqual(target));

  it.each([
    ['pods', 'none', 404, 'pods "none" not found'],
    ['pods', 'sly', 400, 'address not allowed'],
    ['pods', 'web:99999', 400, 'invalid port "99999"'],
    ['pods', 'ftp:web:21', 400, 'invalid proxy request "ftp:web:21"'],
    ['services', 'none', 404, 'services "none" not found'],
    ['services', 'empty', 503, 'no endpoints available for service "empty"'],
    ['services', 'web:82', 503, 'no service port 82 found for service "web"'],
    ['services', 'web:admin', 503, 'no endpoints available for service "web"'],
  ])('%s/%s is %i', (plural, name, code, message) => {
    expect(() => find(plural, name)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });
});

const PAGE =
  '<a href="/next">n</a><a href="http://10.244.0.5:8080/own">o</a><a href="//elsewhere/x">e</a><a href="r">r</a>';
const html = { 'Content-Type': 'text/html; charset=utf-8' };
const PAGES: Record<string, { headers: Record<string, string>; body: string | Buffer }> = {
  '/page': { headers: { ...html, 'Content-Length': String(PAGE.length) }, body: PAGE },
  '/packed': { headers: { ...html, 'Content-Encoding': 'gzip' }, body: gzipSync(PAGE) },
  '/unknown': { headers: { ...html, 'Content-Encoding': 'x-own' }, body: PAGE },
  '/plain': { headers: { 'Content-Type': 'text/plain' }, body: PAGE },
  '/moved': { headers: { Location: '/next' }, body: '' },
};

describe('what is carried', () => {
  let behind: Server;
  let front: Server;
  let url: string;
  beforeAll(async () => {
    behind = createServer((request: IncomingMessage, response: ServerResponse) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const page = PAGES[request.url ?? ''];
        if (page) {
          response.writeHead(200, page.headers);
          response.end(page.body);
          return;
        }
        response.writeHead(207, { 'X-Own': 'yes', 'Content-Type': 'application/json' });
        const { method, url: path, headers } = request;
        response.end(JSON.stringify({ method, path, headers, body: Buffer.concat(chunks).toString() }));
      });
    });
    new WebSocketServer({ server: behind }).on('connection', (socket) =>
      socket.on('message', (data) => socket.send(data)),
    );
    behind.listen(0, '127.0.0.1');
    await once(behind, 'listening');
    const { port } = behind.address() as AddressInfo;
    // The node's side: whatever address is asked for, the program behind is reached, but for one where nothing listens.
    const reach = async (address: string, asked: number): Promise<Duplex> => {
      if (asked === 9) throw new Error(`dial tcp ${address}:9: connect: connection refused`);
      return connect({ port, host: '127.0.0.1' });
    };
    const answer: NodeService['answer'] = async (path) =>
      path === 'stats/summary' ? { code: 200, contentType: 'application/json', body: '{"node":{}}' } : undefined;
    const logs: NodeService['logs'] = async function* (pod, { container, tailLines }) {
      yield Buffer.from(`${pod.name} ${container} ${tailLines}`);
    };
    const context: ProxyContext = {
      store,
      nodes: () => ({ connect: reach, answer, logs }) as unknown as NodeService,
      random: { next: () => 0 },
    };
    const infoOf = (request: IncomingMessage) => readRequestInfo(request.method!, request.url!);
    front = createServer((request, response) => {
      answerProxy({ info: infoOf(request), request, response } as ResourceCall, context).catch((error) => {
        response.writeHead(error.code ?? 500);
        response.end(error.message);
      });
    });
    front.on('upgrade', (request, socket, head) => {
      const info = infoOf(request);
      void answerProxyUpgrade(
        { info, request, socket, head, resource: info.resource! } as UpgradeCall & {
          resource: NonNullable<typeof info.resource>;
        },
        context,
      );
    });
    front.listen(0, '127.0.0.1');
    await once(front, 'listening');
    url = `http://127.0.0.1:${(front.address() as AddressInfo).port}/api/v1/namespaces/default`;
  });
  afterAll(() => {
    for (const server of [front, behind]) {
      server.closeAllConnections();
      server.close();
    }
  });

  it('method, path as it was encoded, query, body and headers; never the caller’s credentials', async () => {
    const answer = await fetch(`${url}/pods/web/proxy/a%2Fb/../c?x=1&y=%20`, {
      method: 'PUT',
      body: 'hello',
      headers: { Authorization: 'Bearer secret', 'Impersonate-User': 'eve', 'X-Remote-User': 'eve', 'X-Kept': 'yes' },
    });
    expect([answer.status, answer.headers.get('x-own')]).toEqual([207, 'yes']);
    const seen = (await answer.json()) as {
      method: string;
      path: string;
      body: string;
      headers: Record<string, string>;
    };
    expect(seen).toMatchObject({ method: 'PUT', path: '/c?x=1&y=%20', body: 'hello' });
    expect(seen.headers).toMatchObject({ host: '10.244.0.5:8080', 'x-kept': 'yes', 'x-forwarded-proto': 'https' });
    expect(Object.keys(seen.headers).filter((name) => /^(authorization|impersonate-|x-remote-)/.test(name))).toEqual(
      [],
    );
  });

  it('an encoded slash stays encoded', async () => {
    const answer = await fetch(`${url}/services/web:80/proxy/a%2Fb`);
    expect(((await answer.json()) as { path: string }).path).toBe('/a%2Fb');
  });

  it.each(['/pods/proxy-1/proxy', '/../services/pods/pods/proxy'])(
    'names that read like parts of the path do not confuse it: %s',
    async (path) => {
      const answer = await fetch(`${url}${path}/proxy/x`);
      expect(((await answer.json()) as { path: string }).path).toBe('/proxy/x');
    },
  );

  it('a path without a slash leads to the one with it', async () => {
    const answer = await fetch(`${url}/pods/web/proxy?a=1`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([
      301,
      '/api/v1/namespaces/default/pods/web/proxy/?a=1',
    ]);
  });

  it('links of a page and Location lead through the proxy again', async () => {
    const prefix = '/api/v1/namespaces/default/services/web:80/proxy';
    const page = `<a href="${prefix}/next">n</a><a href="${prefix}/own">o</a><a href="//elsewhere/x">e</a><a href="r">r</a>`;
    const read = async (path: string) => (await fetch(`${url}/services/web:80/proxy${path}`)).text();
    expect(await read('/page')).toBe(page);
    expect(await read('/packed')).toBe(page);
    expect(await read('/plain')).toBe(PAGE);
    expect((await fetch(`${url}/services/web:80/proxy/page`, { method: 'HEAD' })).headers.get('content-length')).toBe(
      String(PAGE.length),
    );
    const moved = await fetch(`${url}/services/web:80/proxy/moved`, { redirect: 'manual' });
    expect(moved.headers.get('location')).toBe(`${prefix}/next`);
  });

  it.each([
    ['/x', '/p/x'],
    ['/p/x', '/p/x'],
    ['http://10.0.0.1:80/x?y', '/p/x?y'],
    ['https://api:6443/x', 'https://api:6443/p/x'],
    ['http://other/x', 'http://other/x'],
    ['//10.0.0.1:80/', '/p/'],
    ['http://10.0.0.1:80', 'http://10.0.0.1:80'],
    ['x/y', 'x/y'],
    ['#top', '#top'],
    ['mailto:a@b', 'mailto:a@b'],
    ['javascript:/x', 'javascript:/x'],
  ])('the link %s becomes %s', (link, expected) => {
    expect(linkThrough(link, { prefix: '/p', host: '10.0.0.1:80', callerHost: 'api:6443' })).toBe(expected);
  });

  it('what is not there now is told without when to try again', () => {
    const resource = readRequestInfo('GET', '/api/v1/namespaces/default/services/empty/proxy/').resource!;
    expect(() => findProxyTarget(store, resource, () => 0)).toThrow(
      expect.objectContaining({ status: expect.not.objectContaining({ details: expect.anything() }) }),
    );
  });

  it('says what could not be reached', async () => {
    const answer = await fetch(`${url}/pods/web:9/proxy/`);
    expect([answer.status, await answer.text()]).toEqual([
      503,
      'error trying to reach service: dial tcp 10.244.0.5:9: connect: connection refused',
    ]);
  });

  it('WebSockets', async () => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/pods/web/proxy/socket`);
    await once(socket, 'open');
    socket.send('there and back');
    const [data] = await once(socket, 'message');
    expect(String(data)).toBe('there and back');
    socket.terminate();
  });

  it('a node’s own paths, with its kubelet’s port or without', async () => {
    const base = url.replace('/namespaces/default', '/nodes');
    for (const node of ['n1', 'n1:10250', 'https:n1:10250']) {
      const answer = await fetch(`${base}/${node}/proxy/stats/summary/`);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
      expect(await answer.text()).toBe('{"node":{}}');
    }
    const none = await fetch(`${base}/n1/proxy/spec`);
    expect([none.status, await none.text()]).toEqual([404, '404 page not found\n']);
    const wrong = await fetch(`${base}/n1/proxy/stats/summary`, { method: 'POST' });
    expect([wrong.status, await wrong.text()]).toEqual([405, '405: Method Not Allowed']);
    expect((await fetch(`${base}/n2/proxy/healthz`)).status).toBe(404);
    const bare = await fetch(`${base}/n1/proxy`, { redirect: 'manual' });
    expect([bare.status, bare.headers.get('location')]).toEqual([301, '/api/v1/nodes/n1/proxy/']);
  });

  it('a container’s log by its node', async () => {
    const answer = await fetch(
      url.replace('/namespaces/default', '/nodes/n1/proxy/containerLogs/default/web/c?tailLines=3'),
    );
    expect([answer.status, await answer.text()]).toEqual([200, 'web c 3']);
    expect((await fetch(answer.url.replace('/web/', '/none/'))).status).toBe(404);
  });

  it('another port of a node', async () => {
    const answer = await fetch(url.replace('/namespaces/default', '/nodes/n1:9100/proxy/metrics'));
    expect(await answer.json()).toMatchObject({ path: '/metrics', headers: { host: '192.0.2.7:9100' } });
  });
});

/** The client over HTTPS and the one in the process: the same contract, against the real server. */

import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHttpClient, type HttpClient } from '../../daemon/client/http.ts';
import { CONFIG_MAPS } from '../../daemon/kinds/resources.ts';
import { refusalOf } from '../api/rest/support.ts';
import { startApi } from './api-server.ts';
import { describeClient } from './conformance.ts';

describeClient('HTTPS', async () => {
  const api = await startApi();
  return { client: api.client(), store: api.kernel.store, close: () => api.close() };
});

describeClient('in-process', async () => {
  const api = await startApi();
  const client = api.kernel.clientFor('system:admin', ['system:masters'], 'controller');
  return { client, store: api.kernel.store, close: () => api.close() };
});

/** A server that answers everything alike, until the test ends. */
async function serve(answer: RequestListener): Promise<HttpClient> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return createHttpClient({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, userAgent: 'test' });
}

describe('the HTTPS client', () => {
  const key = { namespace: 'a', name: 'b' };

  it('says which server cannot be reached', async () => {
    const client = createHttpClient({ server: 'https://127.0.0.1:1', userAgent: 'test' });
    const status = await refusalOf(client.get(CONFIG_MAPS, key));
    expect(status).toMatchObject({ code: 503, reason: 'ServiceUnavailable' });
    expect(status.message).toContain('https://127.0.0.1:1 cannot be reached');
    client.close();
  });

  it.each([
    { code: 502, body: '<html>a proxy is in the way</html>', message: '<html>a proxy is in the way</html>' },
    { code: 500, body: '', message: 'the server answered 500' },
    { code: 500, body: 'null', message: 'null' },
    { code: 200, body: '<html>welcome</html>', message: 'is no JSON' },
    { code: 200, body: '{"kind":"Con', message: 'is no JSON' },
  ])('makes a Status of an answer that is none: $code $body', async ({ code, body, message }) => {
    const client = await serve((_request, response) => response.writeHead(code).end(body));
    const status = await refusalOf(client.get(CONFIG_MAPS, key));
    expect(status.message).toContain(message);
  });

  it('makes a Status of a connection that breaks in the middle of an answer', async () => {
    const client = await serve((_request, response) => {
      response.setHeader('Content-Length', 100);
      response.write('{"kind":');
      setTimeout(() => response.destroy(), 10);
    });
    expect(await refusalOf(client.get(CONFIG_MAPS, key))).toMatchObject({ code: 503, reason: 'ServiceUnavailable' });
    const events = client.watch(CONFIG_MAPS, { signal: new AbortController().signal });
    expect(await refusalOf(events[Symbol.asyncIterator]().next())).toMatchObject({ code: 503 });
  });

  it('survives every way in which a watch can be left', async () => {
    const answered: ServerResponse[] = [];
    const client = await serve((_request, response) => {
      answered.push(response);
      response.write(
        '{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n{"type":"ADDED","object":{"metadata":{"name":"b"}}}\n',
      );
    });
    const leave: ((abort: AbortController, response: ServerResponse) => void)[] = [
      () => {},
      (abort) => abort.abort(),
      (_abort, response) => void response.destroy(),
      (abort, response) => {
        response.destroy();
        abort.abort();
      },
    ];
    for (const [turn, act] of leave.entries()) {
      const abort = new AbortController();
      for await (const { object } of client.watch(CONFIG_MAPS, { signal: abort.signal })) {
        expect(object.metadata?.name).toBe('a');
        act(abort, answered[turn]!);
        break;
      }
    }
    await expect.poll(() => answered.map((response) => response.destroyed)).toEqual([true, true, true, true]);
    await delay(50); // errors that nobody listens to end the process in a later turn
  });

  it('puts events together that come in pieces, in the middle of a character too', async () => {
    const line = Buffer.from('{"type":"ADDED","object":{"metadata":{"name":"grün"}}}\n');
    const client = await serve(async (_request, response) => {
      for (const byte of line) {
        response.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });
    const names: (string | undefined)[] = [];
    for await (const { object } of client.watch(CONFIG_MAPS, { signal: new AbortController().signal }))
      names.push(object.metadata?.name);
    expect(names).toEqual(['grün']);
  });
});

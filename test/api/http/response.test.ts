/** Headers that every answer has, however its head comes to be written. */

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { sendBytes } from '../../../daemon/api/http/respond.ts';
import { ApiResponse, addCommonHeader, contentTypeOf } from '../../../daemon/api/http/response.ts';

type Answer = (response: ApiResponse) => void;

async function headersOf(answer: Answer): Promise<{ code: number; headers: Headers; text: string }> {
  const server = createServer({ ServerResponse: ApiResponse }, (_request: IncomingMessage, response) => {
    addCommonHeader(response, 'Cache-Control', 'private');
    addCommonHeader(response, 'Audit-Id', 'a');
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return { code: response.status, headers: response.headers, text: await response.text() };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const flush: Answer = (response) => {
  response.flushHeaders();
  response.end();
};
const write: Answer = (response) => {
  response.write('x');
  response.end();
};
const common = ({ headers }: { headers: Headers }) => [headers.get('cache-control'), headers.get('audit-id')];

it('stand in an answer that is sent whole, with its type and length', async () => {
  const got = await headersOf((response) => sendBytes(response, 201, 'application/json', '{"é":1}'));
  expect(common(got)).toEqual(['private', 'a']);
  expect(got).toMatchObject({ code: 201, text: '{"é":1}' });
  expect([got.headers.get('content-type'), got.headers.get('content-length')]).toEqual(['application/json', '8']);
});

it('stand beside headers that were set for it, and give way to one of their name', async () => {
  const got = await headersOf((response) => {
    response.setHeader('cache-control', 'public');
    response.setHeader('Warning', ['299 - "x"', '299 - "y"']);
    sendBytes(response, 200, 'text/plain', 'x');
  });
  expect(common(got)).toEqual(['public', 'a']);
  expect([got.headers.get('warning'), got.headers.get('content-length')]).toEqual(['299 - "x", 299 - "y"', '1']);
});

it.each<[string, Answer, string]>([
  ['flushed', flush, 'private'],
  ['written by its first bytes', write, 'private'],
  ['written by itself', (response) => response.writeHead(200, { 'Content-Type': 'x/y' }).end(), 'private'],
  [
    'written with a header of that name',
    (response) => response.writeHead(200, 'Fine', { 'cache-control': 'public' }).end(),
    'public',
  ],
])('stand in a head that is %s', async (_how, answer, cacheControl) => {
  expect(common(await headersOf(answer))).toEqual([cacheControl, 'a']);
});

it('leaves the type of what was sent whole readable', async () => {
  let type = '';
  await headersOf((response) => {
    sendBytes(response, 200, 'application/json', '{}');
    type = contentTypeOf(response);
  });
  expect(type).toBe('application/json');
});

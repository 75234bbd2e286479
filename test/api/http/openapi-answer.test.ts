/** Which form of an OpenAPI document goes to whom, and when none needs to go. */

import { describe, expect, test } from 'vitest';
import { answerOpenApiV2, answerOpenApiV3, type OpenApiDocuments } from '../../../daemon/api/http/openapi-answer.ts';
import type { Call } from '../../../daemon/api/http/server.ts';

const DOCUMENTS: OpenApiDocuments = {
  index: () => ({}),
  v3: (path, form) =>
    path === 'api/v1' ? { body: form === 'json' ? 'three' : 'three as protobuf', hash: 'C' } : undefined,
  v2: (form) => (form === 'json' ? { body: 'json', hash: 'A' } : { body: 'protobuf', hash: 'B' }),
};

interface Answer {
  code: number;
  headers: Record<string, unknown>;
  body: unknown;
}

const NOW = Date.UTC(2026, 0, 31, 12);

function ask(
  answer: typeof answerOpenApiV2 | typeof answerOpenApiV3,
  url: string,
  headers: Record<string, string>,
  method = 'GET',
): Answer {
  const sent: Answer = { code: 200, headers: {}, body: undefined };
  const response = {
    set statusCode(code: number) {
      sent.code = code;
    },
    setHeader: (name: string, value: unknown) => {
      sent.headers[name] = value;
    },
    end: (body?: unknown) => {
      sent.body = body;
    },
  };
  const { pathname, searchParams } = new URL(url, 'https://host');
  const info = { method, path: pathname, query: searchParams };
  answer({ info, request: { headers }, response } as unknown as Call, DOCUMENTS, NOW);
  return sent;
}

const KUBECTL = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

describe('/openapi/v2', () => {
  test('kubectl gets protobuf, named as its parser can read it', () => {
    const { code, headers, body } = ask(answerOpenApiV2, '/openapi/v2', { accept: KUBECTL });
    expect([code, body]).toEqual([200, 'protobuf']);
    expect(headers['Content-Type']).toBe('application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
    expect(headers['Vary']).toBe('Accept');
  });

  test.each([
    {},
    { accept: '*/*' },
    { accept: 'application/json' },
    { accept: `text/plain, application/json, ${KUBECTL}` },
  ])('others get JSON: %j', (headers) => {
    expect(ask(answerOpenApiV2, '/openapi/v2', headers as Record<string, string>).body).toBe('json');
  });

  test('what cannot be made is refused', () => {
    expect(ask(answerOpenApiV2, '/openapi/v2', { accept: 'text/plain' })).toMatchObject({ code: 406, body: undefined });
    expect(ask(answerOpenApiV2, '/openapi/v2', {}, 'POST')).toMatchObject({ code: 200, body: 'json' });
  });

  test.each([['"A"'], ['W/"A"'], ['"x", "A"'], ['*']])('a client that has it is told so: %s', (known) => {
    const answer = ask(answerOpenApiV2, '/openapi/v2', { 'if-none-match': known });
    expect(answer).toMatchObject({ code: 304, body: undefined, headers: { ETag: '"A"' } });
  });

  test('the tag of one form is not that of another', () => {
    expect(ask(answerOpenApiV2, '/openapi/v2', { accept: KUBECTL, 'if-none-match': '"A"' }).code).toBe(200);
  });
});

const V3_PROTOBUF = 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf';

describe('/openapi/v3/…', () => {
  test('under its hash a document is kept for ever', () => {
    const { headers, body } = ask(answerOpenApiV3, '/openapi/v3/api/v1?hash=C', { accept: 'application/json' });
    expect(body).toBe('three');
    expect(headers).toMatchObject({
      ETag: '"C"',
      'Cache-Control': 'public, immutable',
      Expires: 'Sun, 31 Jan 2027 12:00:00 GMT',
      Vary: 'Accept',
    });
    const plain = ask(answerOpenApiV3, '/openapi/v3/api/v1', {});
    expect(plain.headers).not.toHaveProperty('Cache-Control');
    expect(plain.headers).not.toHaveProperty('Expires');
  });

  test('a hash that is no longer the one leads to the one that is', () => {
    const { code, headers, body } = ask(answerOpenApiV3, '/openapi/v3/api/v1?hash=B', {});
    expect([code, headers['Location'], body]).toEqual([301, '/openapi/v3/api/v1?hash=C', undefined]);
    expect(headers).not.toHaveProperty('Cache-Control');
  });

  test.each([V3_PROTOBUF, V3_PROTOBUF.replace('v3.v1', 'v3@v1'), `text/plain, ${V3_PROTOBUF};q=0.9, */*;q=0.1`])(
    'protobuf for who asks for it: %s',
    (accept) => {
      const { code, headers, body } = ask(answerOpenApiV3, '/openapi/v3/api/v1?hash=C', { accept });
      expect([code, headers['Content-Type'], headers['ETag'], body]).toEqual([
        200,
        V3_PROTOBUF,
        '"C"',
        'three as protobuf',
      ]);
    },
  );

  test('304, 404 and 406', () => {
    expect(ask(answerOpenApiV3, '/openapi/v3/api/v1', { 'if-none-match': '"C"' }).code).toBe(304);
    expect(ask(answerOpenApiV3, '/openapi/v3/apis/none/v1', {}).code).toBe(404);
    expect(ask(answerOpenApiV3, '/openapi/v3/apis/none/v1', { accept: 'text/plain' }).code).toBe(404);
    expect(ask(answerOpenApiV3, '/openapi/v3/api/v1', { accept: KUBECTL }).code).toBe(406);
  });
});

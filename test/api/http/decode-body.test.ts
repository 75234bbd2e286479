/** What a client is told of a body that cannot be read. */

import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createBodyDecoder } from '../../../daemon/api/http/decode-body.ts';
import type { PatchType } from '../../../daemon/api/rest/requests.ts';
import { badRequest, StatusError } from '../../../daemon/base/status.ts';
import { createTurnQueue } from '../../../daemon/base/turn.ts';

const decoder = createBodyDecoder(
  {
    decodeYaml: () => Promise.reject(badRequest('error converting YAML to JSON: yaml: line 1: bad')),
    decodeProtobuf: () => ({}),
  },
  createTurnQueue(),
);

const request = (text: string, type = 'application/json') =>
  Object.assign(Readable.from([Buffer.from(text)]), {
    headers: { 'content-type': type },
  }) as unknown as IncomingMessage;

async function refusal(answer: Promise<unknown>): Promise<string> {
  const error = await answer.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StatusError);
  expect((error as StatusError).code).toBe(400);
  return (error as StatusError).message;
}

describe('an object', () => {
  const HEAD = 'the object provided is unrecognized (must be of type Pod): ';
  const PARSE = `${HEAD}couldn't get version/kind; json parse error: `;

  test.each([
    ['{', `${PARSE}unexpected end of JSON input ({)`],
    ['', `${PARSE}unexpected end of JSON input (<empty>)`],
    ['nonsense', `${PARSE}invalid character 'o' in literal null (expecting 'u') (6e6f6e73656e7365)`],
    [`{"a":"${'x'.repeat(40)}`, `${PARSE}unexpected end of JSON input ({"a":"xxxxxxxxxxxxxxxxxxxxxxxx ...)`],
    [
      '[]',
      `${PARSE}json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (5b5d)`,
    ],
  ])('%j', async (text, message) => {
    expect(await refusal(decoder.decode(request(text), 'Pod'))).toBe(message);
  });

  test('in YAML', async () => {
    expect(await refusal(decoder.decode(request('a', 'application/yaml'), 'Pod'))).toBe(
      `${HEAD}error converting YAML to JSON: yaml: line 1: bad (61)`,
    );
  });
});

describe('a patch', () => {
  test.each<[PatchType, string, string]>([
    ['json', '[{', 'error decoding patch: unexpected end of JSON input'],
    ['merge', '{', 'error decoding patch: unexpected end of JSON input'],
    ['merge', '[]', 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}'],
    ['strategic', '{', 'unexpected end of JSON input'],
    ['strategic', '"a"', 'json: cannot unmarshal string into Go value of type map[string]interface {}'],
    ['apply', 'a: [', 'error decoding YAML: error converting YAML to JSON: yaml: line 1: bad'],
  ])('%s %j', async (type, text, message) => {
    expect(await refusal(decoder.decodePatch(request(text), type))).toBe(message);
  });
});

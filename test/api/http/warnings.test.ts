/** Warning headers: in one line, told once, within bounds. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { boundWarnings, setWarnings } from '../../../daemon/api/http/warnings.ts';

it('are told once each, in UTF-8 and in one line', async () => {
  const server = createServer((_request, response) => {
    setWarnings(response, ['a "b" \\ é', '']);
    setWarnings(response, ['two\nlines', 'a "b" \\ é']);
    response.end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  try {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const value = Buffer.from(answer.headers.get('warning')!, 'latin1').toString('utf8');
    expect(value).toBe('299 - "a \\"b\\" \\\\ é", 299 - "two lines"');
  } finally {
    server.close();
  }
});

it('are cut when they are too long together, and left out when that is not enough', () => {
  const long = (letter: string) => letter.repeat(2048);
  expect(boundWarnings([long('a'), long('é')])).toEqual([long('a'), long('é')]);
  expect(boundWarnings([long('a'), long('é'), 'x'])).toEqual(['a'.repeat(256), 'é'.repeat(256), 'x']);
  expect(boundWarnings(Array.from({ length: 40 }, (_, index) => long(String.fromCharCode(97 + index))))).toHaveLength(
    16,
  );
});

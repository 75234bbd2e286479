/** Formats of texts, beside what `kube-openapi/pkg/validation/strfmt` takes. */

import { expect, it } from 'vitest';
import { hasFormat } from '../../daemon/kinds/custom/formats.ts';

it.each<[string, string[], string[]]>([
  [
    'hostname',
    ['a', 'a-b', 'a-b.example.com', 'x.io'],
    ['', 'a-b-c', '2020-01-02', '-a.io', 'a.b', `${'a'.repeat(64)}.io`],
  ],
  ['isbn10', ['0-306-40615-2', '0306406152', '080442957X'], ['0306406153', '978-3-16-148410-0', 'x']],
  ['isbn13', ['978-3-16-148410-0', '9783161484100'], ['9783161484101', '0-306-40615-2']],
  ['isbn', ['0-306-40615-2', '978-3-16-148410-0'], ['', '1']],
  ['creditcard', ['4111111111111111', '4111-1111-1111-1111'], ['4111111111111112', '', '1']],
  ['byte', ['YWJj', 'YQ=='], ['', 'YQ']],
  ['unheard-of', ['', 'anything'], []],
])('%s', (format, good, bad) => {
  expect(good.filter((text) => !hasFormat(text, format))).toEqual([]);
  expect(bad.filter((text) => hasFormat(text, format))).toEqual([]);
});

/** Reading is total: whatever the text, a result comes back, and the result is plain JSON. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editManifest } from '../../daemon/yaml/edit.ts';
import { readManifests } from '../../daemon/yaml/read.ts';

const pieces = fc.constantFrom(
  'a',
  'b: ',
  ': ',
  '- ',
  '? ',
  '\n',
  '\n  ',
  '\n\t',
  '  ',
  '#c',
  '"',
  "'",
  '[',
  ']',
  '{',
  '}',
  ',',
  '&x ',
  '*x',
  '*y',
  '!!str ',
  '!',
  '|',
  '>-',
  '|+2',
  '---',
  '\n---\n',
  '...',
  '%YAML 1.1\n',
  '%TAG ! x\n',
  '<<: ',
  '~',
  '.inf',
  '0x',
  '\u0000',
  '\ufeff',
  '\r\n',
  '\r',
  '\u2028',
  '\ud800',
  '1e999',
  '@',
  '`',
  '__proto__: ',
);
const texts = fc.oneof(
  fc.array(pieces, { maxLength: 25 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 60 }),
);

test('any text', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const { documents, problems } = readManifests(text);
      for (const { value, line, column } of documents) {
        expect(JSON.parse(JSON.stringify(value))).toEqual(value);
        expect(line).toBeGreaterThan(0);
        expect(column).toBeGreaterThan(0);
      }
      for (const { message, line, column } of problems) {
        expect(message).not.toBe('');
        expect(line).toBeLessThanOrEqual(text.split('\n').length);
        expect(column).toBeGreaterThan(0);
      }
      const [first] = documents;
      if (first) editManifest({ text, index: first.index, present: first.value, wanted: { a: { b: ['c'] } } });
    }),
    { seed: 9, numRuns: 5000 },
  );
});

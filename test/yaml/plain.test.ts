/** The quick reader of plain YAML beside the parser: whatever it takes, it reads to the very same result, positions and all. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { readPlain } from '../../daemon/yaml/plain.ts';
import { readManifests, readWithParser } from '../../daemon/yaml/read.ts';

/** True when the quick reader took the text; then it must agree. */
function agrees(text: string): boolean {
  if (readPlain(text) === undefined) return false;
  const { documents, problems } = readWithParser(text);
  expect({ text, ...readManifests(text) }).toEqual({ text, documents: [...documents], problems: [...problems] });
  return true;
}

const keys = fc.constantFrom(
  'a',
  'name',
  'kind',
  'b.c/d-e',
  'y',
  'on',
  'true',
  'null',
  '.5',
  '.inf',
  '_x',
  '__proto__',
  'sops',
  'A',
  '/p',
);
const scalars = fc.oneof(
  fc.constantFrom(
    'x',
    'x y',
    'a:b',
    'a: b',
    'x #c',
    'x#c',
    'x:',
    '-x',
    '--',
    '---',
    '-',
    '- x',
    '-1',
    '0644',
    '1e3',
    '0x1F',
    '1_000',
    '.5',
  ),
  fc.constantFrom(
    'yes',
    'no',
    'null',
    '~',
    '.inf',
    '.NaN',
    '-.inf',
    '12:30',
    '2020-01-01',
    '=',
    '<<',
    '*a',
    '&a x',
    '!t x',
    '%x',
    '@x',
    '`x`',
  ),
  fc.constantFrom(
    '"q"',
    '"q" #c',
    '"a\\n"',
    "'s'",
    "'it''s'",
    '"',
    "'",
    '{}',
    '[]',
    '[a]',
    '{a: 1}',
    '{} x',
    'x}',
    'x,y',
    'x]',
    '?',
    '? x',
    '?x',
  ),
  fc.constantFrom(
    '|',
    '|-',
    '|+',
    '|2',
    '>',
    '>-',
    '| #c',
    '',
    ' ',
    'x ',
    ' x',
    '\\',
    '/x',
    '$(A)',
    '~x',
    '^x',
    '+1',
    '+',
    '_',
    '.',
    '..',
    '...',
  ),
  fc.constantFrom(
    'é',
    'a—b',
    '\u00a0',
    '\u2028',
    '\ufeff',
    '😀',
    'a # é',
    '[a, b]',
    '["a b", \'c\', -d] # e',
    '[a,b]',
    '[a , b]',
    '[a, ]',
    '[-]',
    '[--x=1]',
    '[1, yes, ~]',
    '[a] b',
    '[ a]',
    '["a":b]',
    '[a.b/c$d]',
    '[-, a]',
    '[a, [b]]',
    '{a: b}',
    '{ a: 1, b: "x y" } # c',
    '{a: b,c: d}',
    '{a: {b: [c, d]}, e: {}}',
    '{a: 1, a: 2}',
    '{a: }',
    '{a:b}',
    '{a: b c}',
    '{"a": b}',
    '{a: -}',
    '[{name: x, port: 80}, {}]',
    '[ a , b ]',
    '{a: b, }',
    '{a: b',
    '{y: n}',
    '{a: b} c',
    '{a: b}# c',
    '{a: ~}',
    '{a: b#c}',
    '[]  # c',
    '{} # c',
    '"q"  # c',
    '"q"# c',
  ),
  fc.stringMatching(/^[ -~]{0,6}$/),
);
/** A line of anything that lines of manifests begin or end with, at any depth. */
const lines = fc.oneof(
  { arbitrary: fc.tuple(keys, scalars).map(([key, scalar]) => `${key}: ${scalar}`), weight: 8 },
  { arbitrary: keys.map((key) => `${key}:`), weight: 5 },
  { arbitrary: keys.map((key) => `${key}: # c`), weight: 1 },
  { arbitrary: fc.tuple(keys, scalars).map(([key, scalar]) => `- ${key}: ${scalar}`), weight: 4 },
  { arbitrary: scalars.map((scalar) => `- ${scalar}`), weight: 4 },
  { arbitrary: keys.map((key) => `- ${key}:`), weight: 2 },
  { arbitrary: scalars, weight: 2 },
  {
    arbitrary: fc.constantFrom(
      '',
      '# c',
      '---',
      '--- x',
      '...',
      '%YAML 1.2',
      '- - a',
      '-',
      '-  a',
      '- # c',
      'a:  b',
      "'k': v",
      '"k": v',
      '\ta: b',
    ),
    weight: 2,
  },
);
const indents = fc.constantFrom(0, 0, 0, 2, 2, 2, 4, 4, 1, 3, 6);
const texts = fc
  .array(fc.tuple(indents, lines), { minLength: 1, maxLength: 12 })
  .map((all) => all.map(([indent, line]) => `${' '.repeat(indent)}${line}\n`).join(''));

test('lines at random: what is taken is read alike', () => {
  let taken = 0;
  fc.assert(
    fc.property(texts, (text) => {
      if (agrees(text)) taken++;
    }),
    { numRuns: 20_000, seed: 3 },
  );
  expect(taken).toBeGreaterThan(50);
});

const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    {
      arbitrary: fc.oneof(
        fc.stringMatching(/^[ -~\n]{0,12}$/),
        fc.integer(),
        fc.boolean(),
        fc.constantFrom('line\nline\n', 'a\n\nb\n', '  lead\nx\n'),
      ),
      weight: 3,
    },
    { arbitrary: fc.array(tie('value'), { maxLength: 3 }), weight: 2 },
    { arbitrary: fc.dictionary(keys, tie('value'), { maxKeys: 4 }), weight: 3 },
  ),
})).value;
const manifests = fc.dictionary(keys, values, { minKeys: 1, maxKeys: 5 });
const style = fc.record({
  indent: fc.constantFrom(2, 4),
  indentSeq: fc.boolean(),
  documents: fc.integer({ min: 1, max: 3 }),
});

test('objects as libraries write them, and the same with a few characters changed', () => {
  let taken = 0;
  fc.assert(
    fc.property(
      manifests,
      style,
      fc.array(
        fc.tuple(fc.nat(), fc.constantFrom('', ' ', '\n', ':', '#', '-', '"', '  ', '|', 'x', '\n\n', '- ', ': ')),
      ),
      (manifest, { indent, indentSeq, documents }, changes) => {
        const one = stringify(manifest, { indent, indentSeq, lineWidth: 0, version: '1.1' });
        let text = Array.from({ length: documents }, () => one).join('---\n');
        if (agrees(text)) taken++;
        for (const [where, what] of changes) {
          const at = where % (text.length + 1);
          text = text.slice(0, at) + what + text.slice(at + (where % 2));
          agrees(text);
        }
      },
    ),
    { numRuns: 2_000, seed: 4 },
  );
  expect(taken).toBeGreaterThan(100);
});

test('the examples are read quickly', () => {
  const folder = join(import.meta.dirname, '../../examples');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.ya?ml$/.test(name));
  const taken = files.filter((name) => agrees(readFileSync(join(folder, name), 'utf8')));
  expect(taken.length).toBeGreaterThan(files.length / 2);
});

test.each([
  ['a comment, a separator, a document', '# c\n---\na: 1\n'],
  ['several documents', 'a: 1\n---\nb: 2\n---\nc:\n- x\n- y: 1\n  z: 2\n'],
  ['a list as deep as its key, then the next key', 'a:\n- 1\n- 2\nb: 3\n'],
  ['a literal with comments and blank lines in it', 'a:\n  b: |\n    #!/bin/sh\n\n      x: y\n    z\n\n  c: 1\n'],
  ['a literal in a list', `${'- a\n'.repeat(0)}a:\n  - |-\n    x\n    y\n  - z\n`],
  ['maps without values inside', 'a: {}\nb: []\nc:\n  - {}\n'],
])('%s', (_what, text) => {
  expect(agrees(text)).toBe(true);
});

test.each([
  ['null', 'a:\nb: 1\n'],
  ['an empty document', '---\n---\na: 1\n'],
  ['a key given twice', 'a: 1\na: 2\n'],
  ['a scalar that goes on', 'a: x\n  y\n'],
  ['no line end', 'a: 1'],
  ['a carriage return', 'a: 1\r\n'],
  ['an escape', 'a: "\\t"\n'],
  ['an alias', 'a: *b\n'],
  [
    'too deep',
    `${Array.from({ length: 40 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('')}${' '.repeat(41)}b: 1\n`,
  ],
])('%s is left to the parser', (_what, text) => {
  expect(readPlain(text)).toBeUndefined();
});

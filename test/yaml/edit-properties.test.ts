/**
 * Random objects, written in random styles with a comment at every line, changed at random: the edit must come out, mean
 * the wanted object, and leave alone every line that no change touches.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deepEqual, isObject } from '../../daemon/base/json.ts';
import { editManifest } from '../../daemon/yaml/edit.ts';
import { readManifests } from '../../daemon/yaml/read.ts';
import { renderFlow, renderScalar } from '../../daemon/yaml/render.ts';

type Json = Record<string, unknown>;

const names = fc.constantFrom('alpha', 'beta', 'gamma', 'a.b/c', 'no', '5', 'with space');
const scalars = fc.oneof(
  fc.constantFrom<unknown>(
    'x',
    'yes',
    '12:30',
    'a: b',
    '- q',
    '#h',
    '',
    ' lead',
    "it's",
    'two\nlines',
    'end\n\n',
    'é😀',
    '1e3',
    '0x1',
  ),
  fc.string({ maxLength: 6 }),
  fc.constantFrom<unknown>(0, 1, -1.5, 1e21, true, false, null),
);
const trees: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    { arbitrary: scalars, weight: 3 },
    { arbitrary: tie('map'), weight: 2 },
    { arbitrary: tie('list'), weight: 2 },
  ),
  map: fc.dictionary(names, tie('tree'), { maxKeys: 4 }),
  list: fc.array(tie('tree'), { maxLength: 3 }),
})).tree;
const roots = fc.dictionary(names, trees, { minKeys: 1, maxKeys: 4 }) as fc.Arbitrary<Json>;

interface Style {
  step: number;
  listOffset: number;
  comments: boolean;
  blank: boolean;
  flowDepth: number;
  quotes: 'plain' | 'single' | 'double';
  newline: string;
  finalNewline: boolean;
}
const styles: fc.Arbitrary<Style> = fc.record({
  step: fc.constantFrom(1, 2, 3, 4, 8),
  listOffset: fc.constantFrom(0, 1, 2, 3, 4),
  comments: fc.boolean(),
  blank: fc.boolean(),
  flowDepth: fc.constantFrom(1, 2, 9),
  quotes: fc.constantFrom('plain', 'single', 'double'),
  newline: fc.constantFrom('\n', '\r\n'),
  finalNewline: fc.boolean(),
});

/** A writer of its own, so that the product's is not judged by itself. */
function write(root: Json, style: Style): string {
  let count = 0;
  const out: string[] = [];
  const emit = (line: string) => {
    out.push(style.comments ? `${line} #c${count++}` : line);
    if (style.blank && count % 3 === 0) out.push('');
  };
  const filled = (value: unknown) => typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  const scalar = (value: unknown) => renderScalar(value, false, style.quotes);
  const value = (head: string, one: unknown, indent: number, depth: number) => {
    if (!filled(one)) emit(`${head} ${isObject(one) || Array.isArray(one) ? renderFlow(one, false) : scalar(one)}`);
    else if (depth >= style.flowDepth) emit(`${head} ${renderFlow(one, false)}`);
    else {
      emit(head);
      if (Array.isArray(one)) list(one, indent + style.listOffset, depth + 1);
      else map(one as Json, indent + style.step, depth + 1);
    }
  };
  const map = (one: Json, indent: number, depth: number) => {
    for (const name of Object.keys(one)) value(`${' '.repeat(indent)}${scalar(name)}:`, one[name], indent, depth);
  };
  const list = (one: unknown[], indent: number, depth: number) => {
    for (const item of one) {
      const dash = `${' '.repeat(indent)}-`;
      if (!filled(item) || depth >= style.flowDepth) value(dash, item, indent, depth);
      else {
        // Compact: the first line of the inner collection shares the dash's line.
        const from = out.length;
        if (Array.isArray(item)) list(item, indent + 2, depth + 1);
        else map(item as Json, indent + 2, depth + 1);
        out[from] = `${dash} ${out[from]!.trimStart()}`;
      }
    }
  };
  map(root, 0, 1);
  return out.join(style.newline) + (style.finalNewline ? style.newline : '');
}

const bounds = { seed: 11, numRuns: 500 };

test('any change to any object in any style comes out right', () => {
  fc.assert(
    fc.property(roots, roots, styles, (before, after, style) => {
      const text = write(before, style);
      const { documents, problems } = readManifests(text);
      expect(problems).toEqual([]);
      expect(deepEqual(documents[0]?.value, before)).toBe(true);
      const result = editManifest({ text, index: 0, present: before, wanted: after });
      if ('refusal' in result) throw new Error(`${result.refusal}:\n${text}`);
      expect(deepEqual(readManifests(result.text).documents[0]?.value, after)).toBe(true);
    }),
    bounds,
  );
});

/** Changes one member or item somewhere; gives the new object and the top-level member that holds it. */
function changeOne(root: Json, choices: readonly number[], value: unknown): { after: Json; top: string } {
  const after = structuredClone(root);
  const top = Object.keys(after)[choices[0]! % Object.keys(after).length]!;
  let at: Json = after;
  let name = top;
  for (const choice of choices.slice(1)) {
    const child = at[name];
    if (typeof child !== 'object' || child === null || Object.keys(child).length === 0) break;
    at = child as Json;
    name = Object.keys(child)[choice % Object.keys(child).length]!;
  }
  at[name] = value;
  return { after, top };
}

test('a change within one member leaves the lines of all others alone', () => {
  const choices = fc.array(fc.nat(20), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(roots, choices, scalars, styles, (before, picked, value, style) => {
      const text = write(before, { ...style, comments: true });
      const { after, top } = changeOne(before, picked, value);
      const result = editManifest({ text, index: 0, present: before, wanted: after });
      if ('refusal' in result) throw new Error(result.refusal);
      const { documents } = readManifests(text);
      const { positions, lineStarts } = documents[0]!;
      const keys = [...positions.members!].sort(([, a], [, b]) => a.key! - b.key!);
      for (const [index, [name, { key }]] of keys.entries()) {
        if (name === top) continue;
        const end = keys[index + 1]?.[1].key ?? text.length;
        // Whole lines, without blank ones at the end, and the line break that a file without a final one lacks.
        expect(result.text).toContain(text.slice(key!, end).trimEnd());
      }
      expect(lineStarts.length).toBeGreaterThan(0);
    }),
    bounds,
  );
});

test('an edit and its inverse give back the very text, for plain replacements', () => {
  fc.assert(
    fc.property(
      roots,
      fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('v1', 'v2'),
      (before, picked, value) => {
        const style: Style = {
          step: 2,
          listOffset: 0,
          comments: true,
          blank: true,
          flowDepth: 9,
          quotes: 'plain',
          newline: '\n',
          finalNewline: true,
        };
        const { after } = changeOne(before, picked, value);
        const { after: start } = changeOne(before, picked, 'v0');
        const text = write(start, style);
        const there = editManifest({ text, index: 0, present: start, wanted: after });
        if ('refusal' in there) throw new Error(there.refusal);
        expect(editManifest({ text: there.text, index: 0, present: after, wanted: start })).toEqual({ text });
      },
    ),
    bounds,
  );
});

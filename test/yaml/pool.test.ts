import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../daemon/base/clock.ts';
import { createManifestReader, isHarmless, type ManifestReader } from '../../daemon/yaml/pool.ts';

let reader: ManifestReader | undefined;
afterEach(() => reader?.close());
const open = (readMsMax?: number) => {
  reader = createManifestReader({ clock: systemClock, readMsMax });
  return reader;
};
const keys = (count: number) => Array.from({ length: count }, (_, index) => `key${index}: ${index}`).join('\n');

describe('what is read at once', () => {
  test.each([
    ['a small manifest', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n', true],
    ['many keys', keys(4000), false],
    ['a large text', `a: "${'x'.repeat(70_000)}"`, false],
    ['many aliases', `a: &a 1\nb: [${'*a '.repeat(60)}]`, false],
    ['deep flow nesting', '['.repeat(50), false],
    ['deep compact nesting', '- '.repeat(100), false],
  ])('%s', (_, text, harmless) => {
    expect(isHarmless(text)).toBe(harmless);
  });
});

test('the thread gives the same answers, in order', async () => {
  const { read } = open();
  const bound = read.bind(reader);
  const texts = [keys(5000), 'a: 1\n', `x: 1\nx: 2\n${keys(4000)}`, `${keys(4000)}\nb: [`];
  const [large, small, duplicate, broken] = await Promise.all(texts.map((text) => bound(text)));
  expect(Object.keys(large!.documents[0]!.value as object)).toHaveLength(5000);
  expect(small!.documents[0]!.value).toEqual({ a: 1 });
  expect(duplicate!.problems[0]?.message).toContain('"x" is given twice');
  expect(broken!.problems).not.toEqual([]);
  expect(large!.documents[0]!.positions.members?.get('key7')?.key).toBe(keys(8).lastIndexOf('key7'));
});

test('a text that takes too long is refused, the main thread stays free, and the next text is read', async () => {
  const slow = open(400);
  let ticks = 0;
  const ticker = setInterval(() => ticks++, 5);
  const [late, next] = await Promise.all([slow.read(keys(200_000)), slow.read(`${keys(3500)}\n`)]);
  clearInterval(ticker);
  expect(late.problems[0]?.message).toBe('reading the file took longer than 0.4 s');
  expect(late.documents).toEqual([]);
  expect(next.documents).toHaveLength(1);
  expect(ticks).toBeGreaterThan(5);
});

test('closing refuses what is in line', async () => {
  const closing = open();
  const pending = closing.read(keys(20_000));
  await closing.close();
  expect((await pending).problems[0]?.message).toBe('the reader has been closed');
  expect((await closing.read(keys(4000))).problems).toHaveLength(1);
});

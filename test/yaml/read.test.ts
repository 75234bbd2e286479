import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ALIASES_MAX, DEPTH_MAX, TEXT_LENGTH_MAX } from '../../daemon/yaml/limits.ts';
import { decodeText, locateField, positionOf, readManifests } from '../../daemon/yaml/read.ts';
import { measured } from '../support/processor-time.ts';

const only = (text: string) => {
  const { documents, problems } = readManifests(text);
  expect(problems).toEqual([]);
  expect(documents).toHaveLength(1);
  return documents[0]!;
};
const plainValue = (text: string) => only(text).value;
const problemsOf = (text: string) => readManifests(text).problems;

/** Recorded from `kubectl annotate --local -f - -o json x=y` (1.32). */
interface Recording {
  scalar?: string;
  key?: string;
  value?: unknown;
  name?: string;
  error?: true;
}
const recordings = JSON.parse(
  readFileSync(new URL('golden/kubectl-1.32-scalars.json', import.meta.url), 'utf8'),
) as Recording[];

describe('scalars mean what they mean to kubectl', () => {
  test.each(recordings.filter(({ scalar }) => scalar !== undefined))('$scalar', ({ scalar, value, error }) => {
    const { documents, problems } = readManifests(`v: ${scalar}\n`);
    if (error) expect(problems).toHaveLength(1);
    else expect(JSON.parse(JSON.stringify(documents[0]?.value))).toEqual({ v: value });
  });

  test.each(recordings.filter(({ key }) => key !== undefined))('$key as a key', ({ key, name, error }) => {
    const { documents, problems } = readManifests(`? ${key}\n: 1\n`);
    if (error) expect(problems[0]?.message).toBe('a key must be text, a number or a boolean');
    else expect(documents[0]?.value).toEqual({ [name!]: 1 });
  });
});

describe('structure', () => {
  test('several documents, comments, empty ones, BOM and CRLF', () => {
    const { documents } = readManifests(
      '\ufeff# head\r\na: 1\r\n---\r\n# nothing\r\n---\r\nb:\r\n- |\r\n  x\r\n  y\r\n...\r\n',
    );
    expect(documents.map(({ index, line, column, value }) => ({ index, line, column, value }))).toEqual([
      { index: 0, line: 2, column: 1, value: { a: 1 } },
      { index: 2, line: 6, column: 1, value: { b: ['x\ny\n'] } },
    ]);
    expect(readManifests('')).toMatchObject({ documents: [], problems: [] });
    expect(readManifests('# only\n---\n')).toMatchObject({ documents: [], problems: [] });
  });

  test('JSON, with tabs and escapes', () => {
    expect(plainValue('{\n\t"a": "\\u00e9\\ud83d\\ude00\\/",\n\t"b": [1.50, true, null, {}]\n}\n')).toEqual({
      a: 'é😀/',
      b: [1.5, true, null, {}],
    });
  });

  test('aliases are copies, and merge keys act where they stand', () => {
    const value = plainValue('a: &a {x: [1]}\nb: *a\nc: {x: 2, <<: *a}\nd: {<<: *a, x: 2}\ne: {"<<": 1}\n') as {
      a: { x: unknown };
      b: { x: unknown };
    };
    expect(value).toEqual({ a: { x: [1] }, b: { x: [1] }, c: { x: [1] }, d: { x: 2 }, e: { '<<': 1 } });
    expect(value.b).not.toBe(value.a);
    expect(value.b.x).not.toBe(value.a.x);
    expect(plainValue('a: &a {x: 1}\nb: &b {x: 2, z: 3}\nv: {<<: [*a, *b]}\n')).toMatchObject({ v: { x: 1, z: 3 } });
  });

  test('__proto__ is a key like any other', () => {
    const value = plainValue('__proto__: {polluted: true}\nconstructor: 1\n') as object;
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    const { b } = plainValue('a: &x {__proto__: {p: 1}}\nb: {<<: *x}\n') as { b: object };
    expect(JSON.stringify(b)).toBe('{"__proto__":{"p":1}}');
  });
});

describe('problems name the place', () => {
  test.each([
    ['a: 1\nb: [1, 2\nc: 3\n', 2],
    ['a: 1\n\tb: 2\n', 2],
    ['a: b: c\n', 1],
    ['a: "x\n', 1],
    ['a:\n  - x\n - y\n', 3],
    ['a: *nope\n', 1],
    ['a: &a [*a]\n', 1],
    ['a: \u0000\n', 1],
    ['x: .inf\n', 1],
    ['v: {<<: 5}\n', 1],
    ['? [a]\n: 1\n', 1],
    ['key: @x\n', 1],
  ])('%j', (text, line) => {
    const [problem] = problemsOf(text);
    expect(problem?.message).toBeTruthy();
    expect(problem?.expected).toBeTruthy();
    expect(Math.abs(problem!.line - line)).toBeLessThanOrEqual(1);
  });

  test('a duplicate key, with both places; collected on demand', () => {
    const text = 'spec:\n  replicas: 1\n  x: 0\n  replicas: 2\n';
    expect(problemsOf(text)).toEqual([
      {
        document: 0,
        line: 4,
        column: 3,
        message: 'the key "replicas" is given twice; the first is at line 2, column 3',
        expected: 'each key once',
      },
    ]);
    const { documents, problems } = readManifests(text, { duplicateKeys: 'collect' });
    expect(problems).toEqual([]);
    expect(documents[0]?.value).toEqual({ spec: { replicas: 2, x: 0 } });
    expect(documents[0]?.duplicateKeys.map(({ path }) => path)).toEqual(['spec.replicas']);
  });

  test('a broken document does not hide the others', () => {
    const { documents, problems } = readManifests('a: 1\n---\nb: [\n---\nc: 3\n');
    expect(documents[0]?.value).toEqual({ a: 1 });
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]?.document).toBe(1);
  });

  test('bytes that are no UTF-8', () => {
    expect(decodeText(new Uint8Array([0x61, 0xff]))).toMatchObject({ problem: { message: 'the file is not UTF-8' } });
    expect(decodeText(new TextEncoder().encode('é'))).toEqual({ text: 'é' });
  });
});

describe('bounds', () => {
  const bomb = (levels: number) => {
    let text = 'l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n';
    for (let level = 1; level < levels; level++) {
      text += `l${level}: &l${level} [${Array(10)
        .fill(`*l${level - 1}`)
        .join(', ')}]\n`;
    }
    return text;
  };
  test.each([
    ['a billion laughs', bomb(9), /more than/],
    ['nesting', `${'['.repeat(DEPTH_MAX + 2)}${']'.repeat(DEPTH_MAX + 2)}`, /nested/],
    ['deep nesting', '['.repeat(100_000), /./],
    [
      'aliases',
      `a: &a 1\nb: [${Array(ALIASES_MAX + 1)
        .fill('*a')
        .join(', ')}]\n`,
      /aliases/,
    ],
    ['size', `a: "${'x'.repeat(TEXT_LENGTH_MAX)}"`, /larger than 4 MiB/],
  ])('%s', (_, text, message) => {
    const { result, processorMs } = measured(() => problemsOf(text));
    expect(result[0]?.message).toMatch(message);
    expect(processorMs).toBeLessThan(5000);
  });

  test('duplicate keys are found in linear time', () => {
    const text = `${Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n')}\nk7: 2\n`;
    expect(problemsOf(text)[0]).toMatchObject({ line: 20_001, column: 1 });
  });
});

describe('positions of field paths', () => {
  const text = `apiVersion: apps/v1
metadata:
  labels: {app.kubernetes.io/name: x, "a b": y}
spec:
  template:
    spec:
      containers:
      - name: a
      - name: web
        image: x
        ports:
        - containerPort: 80
`;
  const document = only(text);
  test.each([
    ['spec.template.spec.containers[1].image', 10, 9],
    ['spec.template.spec.containers[1]', 9, 9],
    ['.spec.template.spec.containers[name="web"].image', 10, 9],
    ['spec.template.spec.containers[1].ports[0].containerPort', 12, 11],
    ['spec.template.spec.containers[1].resources.limits', 9, 9],
    ['spec.template.spec.containers[7].image', 7, 7],
    ['metadata.labels[app.kubernetes.io/name]', 3, 12],
    ['metadata.labels.app.kubernetes.io/name', 3, 12],
    ['metadata.labels["a b"]', 3, 39],
    ['spec', 4, 1],
    ['spec.replicas', 4, 1],
    ['kind', 1, 1],
    ['', 1, 1],
  ])('%s', (path, line, column) => {
    expect(positionOf(document, path)).toEqual({ line, column });
  });

  test('of values, and of a text that is read again', () => {
    expect(positionOf(document, 'spec.template.spec.containers[1].image', 'value')).toEqual({ line: 10, column: 16 });
    expect(locateField(`a: 1\n---\n${text}`, 1, 'spec')).toEqual({ line: 6, column: 1 });
  });
});

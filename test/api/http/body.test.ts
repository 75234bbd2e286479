import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeJson } from '../../../daemon/api/http/body.ts';

const decode = (text: string) => decodeJson(Buffer.from(text));

describe('JSON bodies', () => {
  it.each([
    ['{"a":1,"a":2}', ['a']],
    ['{"spec":{"replicas":1,"x":[{"y":1,"y":2}],"replicas":3}}', ['spec.x[0].y', 'spec.replicas']],
    ['{"a" : 1, "a" : 2}', ['a']],
    ['{"a":"\\":{[,","b":2}', []],
    ['{"a":[1,{"b":1},{"b":2}],"b":3}', []],
  ])('%s', (text, duplicates) => {
    expect(decode(text).duplicateFields).toEqual(duplicates);
  });

  it.each([
    ['{"a":1,"a":2,"b" :3}', ['a']],
    ['{"a":1,"a":2,"b\\\\":3}', ['a']],
    ['{"a":1,"a" \n:2,"k:{\\"name\\":\\"c\\"}":{}}', ['a']],
    ['{"k:{\\"name\\":\\"c\\"}":{},"b":": x","c":" : \\": y"}', []],
  ])('is not misled by spaces, escapes and colons in texts: %s', (text, duplicates) => {
    expect(decode(text).duplicateFields).toEqual(duplicates);
  });

  it.each([
    ['{"spec":{"foo":1,"replicas":2,"replicas":3}}', ['spec.foo'], ['unknown spec.foo', 'duplicate spec.replicas']],
    ['{"spec":{"replicas":2,"foo":1,"replicas":3}}', ['spec.foo'], ['unknown spec.foo', 'duplicate spec.replicas']],
    ['{"spec":{"replicas":2,"replicas":3,"foo":1}}', ['spec.foo'], ['duplicate spec.replicas', 'unknown spec.foo']],
    ['{"x":[{},{"a":1,"b":1,"a":1}],"c":1}', ['x[1].b', 'c'], ['unknown x[1].b', 'duplicate x[1].a', 'unknown c']],
    [
      '{"foo":1,"foo":2,"foobar":3,"a":1,"a":1,"a":1}',
      ['foo', 'foobar'],
      ['unknown foo', 'unknown foobar', 'duplicate a'],
    ],
    ['{"foo":{"a":1,"a":2},"b":1,"b":2}', ['foo'], ['unknown foo', 'duplicate b']],
    ['{"labels":{"a.b/c":1,"a.b/c":2},"foo":1}', ['foo'], ['duplicate labels.a.b/c', 'unknown foo']],
  ])('tells what is given twice and what is unknown in the order of the text: %s', (text, unknownFields, expected) => {
    const told = decode(text).inTextOrder?.(unknownFields);
    expect(told?.map(({ problem, path }) => `${problem} ${path}`)).toEqual(expected);
  });

  it('finds no duplicates in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(decode(JSON.stringify(JSON.parse(text))).duplicateFields).toEqual([]);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('keeps __proto__ a plain member', () => {
    const { value } = decode('{"__proto__":{"polluted":true}}');
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each(['', '{', '{"a":}', 'nope'])('refuses %j', (text) => {
    expect(() => decode(text)).toThrow(/^(unexpected end of JSON input|invalid character .+)$/);
  });

  it('refuses nesting that would exhaust the stack', () => {
    expect(() => decode(`${'['.repeat(50_000)}${']'.repeat(50_000)}`)).toThrow(/nested more than 200 levels/);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StatusError } from '../../daemon/base/status.ts';
import { applyJsonPatch, COPIED_BYTES_MAX, OPERATIONS_MAX } from '../../daemon/merge/json-patch.ts';
import { applyMergePatch } from '../../daemon/merge/merge-patch.ts';

function refusal(run: () => unknown): StatusError {
  try {
    run();
  } catch (error) {
    return error as StatusError;
  }
  throw new Error('nothing was refused');
}

const document = () => ({ data: { x: '1' }, list: ['a', 'b'], 'a/b': { 'm~n': 1 } });

describe('JSON patch', () => {
  test.each([
    [[{ op: 'add', path: '/data/y', value: '2' }], { data: { x: '1', y: '2' } }],
    [[{ op: 'add', path: '/list/1', value: 'n' }], { list: ['a', 'n', 'b'] }],
    [[{ op: 'add', path: '/list/-', value: 'n' }], { list: ['a', 'b', 'n'] }],
    [[{ op: 'add', path: '/list/-1', value: 'n' }], { list: ['a', 'b', 'n'] }],
    [[{ op: 'remove', path: '/list/-1' }], { list: ['a'] }],
    [[{ op: 'replace', path: '/data/none', value: 'x' }], { data: { x: '1', none: 'x' } }],
    [[{ op: 'move', from: '/list/0', path: '/list/-' }], { list: ['b', 'a'] }],
    [[{ op: 'copy', from: '/data', path: '/other' }], { other: { x: '1' } }],
    [[{ op: 'copy', from: '/data/none', path: '/data/z' }], { data: { x: '1', z: null } }],
    [[{ op: 'replace', path: '/a~1b/m~0n', value: 2 }], { 'a/b': { 'm~n': 2 } }],
    [[{ op: 'test', path: '/data', value: { x: '1' } }], {}],
    [[{ op: 'test', path: '/data/none', value: null }], {}],
    [[{ op: 'add', path: '/data', value: null }], { data: null }],
  ])('%j', (patch, changed) => {
    expect(applyJsonPatch(document(), patch)).toEqual({ ...document(), ...changed });
  });

  test('the whole document is replaced and tested too', () => {
    const whole = { op: 'test', path: '', value: document() };
    const patch = [whole, { op: 'replace', path: '', value: { a: 1 } }, { op: 'add', path: '/b', value: 2 }];
    expect(applyJsonPatch(document(), patch)).toEqual({ a: 1, b: 2 });
  });

  test.each([
    [[{ op: 'test', path: '', value: {} }], /doc is missing path: ""/],
    [[{ op: 'replace', path: '', value: 'x' }], /^replace operation value must be object or array/],
    [[{ op: 'add', path: '', value: {} }], /doc is missing path: ""/],
    [[{ op: 'test', path: '/data/x', value: '2' }], /^testing value \/data\/x failed/],
    [[{ op: 'remove', path: '/data/none' }], /^Unable to remove nonexistent key: none/],
    [[{ op: 'add', path: '/nope/deep/x', value: 1 }], /doc is missing path: "\/nope\/deep\/x"/],
    [[{ op: 'frob', path: '/data/x' }], /^Unexpected kind: frob/],
    [[{ path: '/data/x', value: 'y' }], /^Unexpected kind: unknown/],
    [[{ op: 'add', path: 'data', value: 1 }], /doc is missing path: "data"/],
    [[{ op: 'add', path: '/list/7', value: 1 }], /^Unable to access invalid index: 7/],
    [[{ op: 'add', path: '/list/x', value: 1 }], /^value was not a proper array index: 'x'/],
    [[{ op: 'replace', path: '/list/2', value: 1 }], /^Unable to access invalid index: 2/],
    [[{ op: 'add', value: 1 }], /^add operation failed to decode path/],
  ])('%j does not apply', (patch, why) => {
    const error = refusal(() => applyJsonPatch(document(), patch));
    expect(error.status).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
      details: {},
    });
    expect((error.cause as Error).message).toMatch(why);
  });

  test('what is no patch is told so', () => {
    const error = refusal(() => applyJsonPatch({}, { op: 'add', path: '/x', value: 1 }));
    expect([error.code, error.message]).toEqual([
      400,
      'json: cannot unmarshal object into Go value of type jsonpatch.Patch',
    ]);
  });

  test('is bounded in operations and in what copies add', () => {
    const many = Array.from({ length: OPERATIONS_MAX + 1 }, () => ({ op: 'test', path: '/none', value: null }));
    const error = refusal(() => applyJsonPatch({}, many));
    expect([error.code, error.reason]).toEqual([413, 'RequestEntityTooLarge']);
    expect(error.message).toBe(
      'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
    );
    const copies = Array.from({ length: 40 }, () => ({ op: 'copy', from: '/a', path: '/a/-' }));
    const amplified = refusal(() => applyJsonPatch({ a: ['xxxxxxxxxxxxxxxx'] }, copies));
    expect((amplified.cause as Error).message).toContain(`exceeding the limit ${COPIED_BYTES_MAX}`);
  });

  test('takes __proto__ for a member like any other', () => {
    const patched = applyJsonPatch({}, [{ op: 'add', path: '/__proto__', value: { polluted: true } }]);
    expect(Object.keys(patched)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.getPrototypeOf(patched)).toBe(Object.prototype);
  });

  test('add then remove gives back the document', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.jsonValue(), (object, name, value) => {
        fc.pre(!Object.hasOwn(object, name));
        const path = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        const before = structuredClone(object);
        const added = applyJsonPatch(object, [{ op: 'add', path, value }]);
        expect(Object.hasOwn(added, name)).toBe(true);
        expect(Object.keys(applyJsonPatch(added, [{ op: 'remove', path }])).sort()).toEqual(Object.keys(before).sort());
        expect(object).toEqual(before);
      }),
      { seed: 2, numRuns: 200 },
    );
  });
});

describe('JSON merge patch', () => {
  test.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('RFC 7396: %j with %j', (object, patch, result) => {
    expect(applyMergePatch(object, patch)).toEqual(result);
  });

  test.each([
    [{}, { a: [null, { b: null, c: [{ d: null }] }] }, { a: [null, { c: [{}] }] }],
    [{ a: [1] }, { a: [{ b: null }] }, { a: [{}] }],
    [{ a: { x: 1 } }, { a: [{ b: null }] }, { a: [{ b: null }] }],
  ])('loses nulls within a list that is new, as upstream: %j with %j', (object, patch, result) => {
    expect(applyMergePatch(object, patch)).toEqual(result);
  });

  test('of something else than an object is refused', () => {
    for (const patch of [[], null, 'x', 1]) expect(refusal(() => applyMergePatch({}, patch)).code).toBe(400);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../daemon/base/object.ts';
import type { StatusError } from '../../daemon/base/status.ts';
import { applyStrategicMergePatch } from '../../daemon/merge/strategic-merge.ts';
import { schemas } from './helpers.ts';

const patchAs = (type: string, object: JsonObject, patch: unknown) =>
  applyStrategicMergePatch(structuredClone(object), structuredClone(patch), { schemas, schema: schemas.named(type) });
const service = (ports: JsonObject[], patch: unknown) =>
  (patchAs('core/v1/Service', { spec: { ports } }, patch) as { spec: { ports: JsonObject[] } }).spec.ports;

function refusal(run: () => unknown): [number, string] {
  try {
    run();
  } catch (error) {
    return [(error as StatusError).code, (error as StatusError).message];
  }
  throw new Error('nothing was refused');
}

describe('lists with a merge key', () => {
  const ports = [
    { name: 'a', port: 80 },
    { name: 'b', port: 81 },
  ];
  test.each([
    [
      [{ name: 'c', port: 80 }],
      [
        { name: 'c', port: 80 },
        { name: 'b', port: 81 },
      ],
    ],
    [
      [{ name: 'd', port: 90 }],
      [
        { name: 'd', port: 90 },
        { name: 'a', port: 80 },
        { name: 'b', port: 81 },
      ],
    ],
    [[{ port: 81, $patch: 'delete' }], [{ name: 'a', port: 80 }]],
    [
      [
        { port: 81, $patch: 'delete' },
        { port: 9, name: 'n' },
      ],
      [
        { port: 9, name: 'n' },
        { name: 'a', port: 80 },
      ],
    ],
    [[{ $patch: 'replace' }, { port: 1 }], [{ port: 1 }]],
    [[{ $patch: 'replace' }], []],
    [[{ port: 81, name: null }], [{ name: 'a', port: 80 }, { port: 81 }]],
  ])('%j', (patch, result) => {
    expect(service(ports, { spec: { ports: patch } })).toEqual(result);
  });

  test("$setElementOrder orders what it names and keeps the server's own items in place", () => {
    const patch = {
      spec: { '$setElementOrder/ports': [{ port: 81 }, { port: 80 }], ports: [{ port: 81, name: 'z' }] },
    };
    const live = [{ port: 80 }, { port: 443 }, { port: 81 }];
    expect(service(live, patch)).toEqual([{ port: 443 }, { port: 81, name: 'z' }, { port: 80 }]);
    expect(service(live, { spec: { '$setElementOrder/ports': [{ port: 81 }, { port: 80 }] } })).toEqual([
      { port: 443 },
      { port: 81 },
      { port: 80 },
    ]);
  });

  test('an order that does not name a patched item is refused', () => {
    const patch = { spec: { '$setElementOrder/ports': [{ port: 80 }], ports: [{ port: 7 }] } };
    const [code, message] = refusal(() => service(ports, patch));
    expect(code).toBe(500);
    expect(message).toBe(
      "The order in patch list:\n[map[port:7]]\n doesn't match $setElementOrder list:\n[map[port:80]]\n",
    );
  });

  test('an item without its key is refused', () => {
    expect(refusal(() => service(ports, { spec: { ports: [{ name: 'x' }] } }))).toEqual([
      500,
      'map: map[name:x] does not contain declared merge key: port',
    ]);
  });
});

describe('maps', () => {
  test('merge by member; null removes; $patch replaces or empties', () => {
    const live = { spec: { selector: { app: 'x' } } };
    const selector = (patch: unknown) =>
      (patchAs('core/v1/Service', live, { spec: { selector: patch } }) as { spec: JsonObject }).spec['selector'];
    expect(selector({ k: 'v' })).toEqual({ app: 'x', k: 'v' });
    expect(selector({ app: null, k: 'v' })).toEqual({ k: 'v' });
    expect(selector({ $patch: 'replace', k: 'v' })).toEqual({ k: 'v' });
    expect(selector({ $patch: 'delete' })).toEqual({});
    expect(selector(null)).toBeUndefined();
    expect(refusal(() => selector({ $patch: 'frob' }))[1]).toBe('unknown patch type: frob in map: map[$patch:frob]');
  });

  test('$retainKeys drops every other member', () => {
    const live = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
    const patch = (strategy: unknown) => patchAs('apps/v1/Deployment', live, { spec: { strategy } });
    expect(patch({ $retainKeys: ['type'], type: 'Recreate' })).toEqual({ spec: { strategy: { type: 'Recreate' } } });
    expect(refusal(() => patch({ $retainKeys: ['type'], rollingUpdate: {} }))).toEqual([
      400,
      'invalid patch format of retainKeys',
    ]);
  });

  test('nulls and directives that meet nothing leave no trace', () => {
    const patch = {
      spec: { template: { spec: { volumes: [{ name: 'v', emptyDir: null, $patch: 'delete' }], a: null } } },
    };
    expect(patchAs('apps/v1/Deployment', {}, patch)).toEqual({ spec: { template: { spec: { volumes: [] } } } });
  });
});

describe('lists of scalars', () => {
  const finalizers = (live: string[], patch: JsonObject) =>
    (patchAs('core/v1/Pod', { metadata: { finalizers: live } }, { metadata: patch }) as { metadata: JsonObject })
      .metadata['finalizers'];
  test('merge without doubles, and lose what $deleteFromPrimitiveList names', () => {
    expect(finalizers(['a', 'b'], { finalizers: ['c', 'a'] })).toEqual(['c', 'a', 'b']);
    expect(finalizers(['a', 'b'], { '$deleteFromPrimitiveList/finalizers': ['a', 'z'] })).toEqual(['b']);
    expect(finalizers(['a', 'b'], { '$setElementOrder/finalizers': ['b', 'a'], finalizers: ['a'] })).toEqual([
      'b',
      'a',
    ]);
    expect(refusal(() => finalizers(['a'], { $deleteFromPrimitiveList: ['a'] }))).toEqual([
      400,
      'invalid patch format of primitive list',
    ]);
  });

  test('without a merge strategy are replaced', () => {
    const live = { spec: { containers: [{ name: 'c', command: ['a', 'b'] }] } };
    expect(patchAs('core/v1/Pod', live, { spec: { containers: [{ name: 'c', command: ['x'] }] } })).toEqual({
      spec: { containers: [{ name: 'c', command: ['x'] }] },
    });
  });
});

describe('directives that meet nothing, or something else', () => {
  const service = (live: JsonObject, patch: unknown) => patchAs('core/v1/Service', live, patch);
  test('an object or item with $patch leaves nothing where there is nothing to patch', () => {
    const labels = (patch: unknown) => service({ metadata: { name: 'a' } }, { metadata: { labels: patch } });
    expect(labels({ $patch: 'replace', a: 'b' })).toEqual({ metadata: { name: 'a' } });
    expect(labels({ $patch: 'merge' })).toEqual({ metadata: { name: 'a' } });
    expect(service({}, { metadata: { finalizers: ['a', { $patch: 'replace' }] } })).toEqual({
      metadata: { finalizers: ['a'] },
    });
  });

  test('other directives there are members that the kind does not know', () => {
    const patch = { spec: { sessionAffinityConfig: { $retainKeys: ['clientIP'], clientIP: { timeoutSeconds: 1 } } } };
    expect(service({}, patch)).toEqual(patch);
  });

  test('an item that is new to a list is taken as it is, nulls and directives too', () => {
    const item = { port: 9, name: null, '$setElementOrder/x': ['y'] };
    expect(service({ spec: { ports: [{ port: 80 }] } }, { spec: { ports: [item] } })).toEqual({
      spec: { ports: [item, { port: 80 }] },
    });
  });

  test.each([
    // Deleted from whatever the list's strategy; from nothing, or from something else, nothing is.
    [{ spec: { externalIPs: ['a', 'b'] } }, { spec: { '$deleteFromPrimitiveList/externalIPs': ['a'] } }, ['b']],
    [{ spec: {} }, { spec: { '$deleteFromPrimitiveList/externalIPs': ['a'] } }, undefined],
    [{ spec: { externalIPs: ['a'] } }, { spec: { '$deleteFromPrimitiveList/externalIPs': {} } }, ['a']],
    [{ spec: { externalIPs: ['a'] } }, { spec: { '$deleteFromPrimitiveList/externalIPs': null } }, undefined],
  ])('%j and %j', (live, patch, externalIPs) => {
    expect((service(live, patch) as { spec: JsonObject }).spec['externalIPs']).toEqual(externalIPs);
  });

  test.each([
    [
      { spec: { '$deleteFromPrimitiveList/ports': [80] } },
      'list element types are not identical: [[map[port:80]] [80]]',
    ],
    [{ metadata: { '$setElementOrder/finalizers': ['a'] } }, 'no elements in any of the given slices'],
    [{ spec: { selector: { '$setElementOrder/x': ['a'] } } }, /^merging an object in json .* instead is: map$/],
    [{ '$setElementOrder/nope': [] }, 'unable to find api field in struct Service for the json field "nope"'],
    [{ $patch: 1 }, 'unknown patch type: %!s(int64=1) in map: map[$patch:1]'],
    [
      { spec: { ports: [{ port: 80 }, { port: 80, $patch: 'replace' }], '$setElementOrder/ports': [{ port: 80 }] } },
      /^The order in patch list:/,
    ],
  ])('%j', (patch, message) => {
    const live = { metadata: { finalizers: [] }, spec: { ports: [{ port: 80 }], selector: { a: 'b' } } };
    const run = () => service(live, patch);
    const pattern = typeof message === 'string' ? literal(message) : message;
    expect(refusal(run)).toEqual([500, expect.stringMatching(pattern)]);
  });
});

const literal = (text: string) => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);

test('is a map merge by key: compared with the plainest way to say so', () => {
  const item = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), image: fc.constantFrom('1', '2', '3') });
  const items = fc.uniqueArray(item, { selector: ({ name }) => name, maxLength: 4 });
  fc.assert(
    fc.property(items, items, fc.subarray(['a', 'b', 'c', 'd']), (live, patch, deleted) => {
      const gone = deleted.filter((name) => !patch.some((one) => one.name === name));
      const directives = gone.map((name) => ({ name, $patch: 'delete' }));
      const result = patchAs(
        'core/v1/Pod',
        { spec: { containers: live } },
        { spec: { containers: [...patch, ...directives] } },
      );
      const model = new Map<string, string>();
      for (const { name, image } of [...live, ...patch]) if (!gone.includes(name)) model.set(name, image);
      const got = (result as { spec: { containers: { name: string; image: string }[] } }).spec.containers;
      expect(new Map(got.map(({ name, image }) => [name, image]))).toEqual(model);
      expect(got).toHaveLength(model.size);
      const order = got.map(({ name }) => name).filter((name) => patch.some((one) => one.name === name));
      expect(order).toEqual(patch.map(({ name }) => name));
    }),
    { seed: 3, numRuns: 300 },
  );
});

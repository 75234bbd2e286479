/** Paths and defaults of custom kinds, whatever their definitions name. */

import { describe, expect, it } from 'vitest';
import { applyDefaults } from '../../daemon/kinds/custom/default.ts';
import { findValues, parseJsonPath, setValue } from '../../daemon/kinds/custom/json-path.ts';
import type { SchemaNode } from '../../daemon/schema/node.ts';

const object = {
  metadata: { annotations: { 'example.com/x': 'y' } },
  spec: {
    items: [
      { name: 'a', ports: [1, 2] },
      { name: 'b', ports: [3] },
    ],
  },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Failed', status: 'False' },
    ],
  },
};

describe('a path', () => {
  it.each<[string, unknown[]]>([
    ['.spec.items[0].name', ['a']],
    ['.spec.items[-1].name', ['b']],
    ['.spec.items[*].ports[*]', [1, 2, 3]],
    ['.metadata.annotations.example\\.com/x', ['y']],
    [".metadata.annotations['example.com/x']", ['y']],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    ['.status.conditions[?(@.type!="Ready")].status', ['False']],
    ['.status.nothing.here', []],
    ['.__proto__.toString', []],
  ])('%s', (text, found) => {
    expect(findValues(parseJsonPath(text)!, object)).toEqual(found);
  });

  it('that is none is not read', () => {
    for (const text of ['spec', '.a[', '.a[?(@', '.a[b]']) expect(parseJsonPath(text)).toBeUndefined();
  });

  it('never writes into a prototype', () => {
    const target: Record<string, unknown> = {};
    setValue(parseJsonPath('.spec.__proto__.polluted')!, target, 1);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    setValue(parseJsonPath('.spec.replicas')!, target, 2);
    expect((target['spec'] as { replicas: number }).replicas).toBe(2);
  });
});

describe('defaults', () => {
  it('never write into a prototype', () => {
    const schema = JSON.parse('{"properties":{"__proto__":{"default":{"polluted":1}}}}') as SchemaNode;
    const value: Record<string, unknown> = {};
    applyDefaults(schema, value);
    expect(value['polluted']).toBeUndefined();
    expect(Object.hasOwn(value, '__proto__')).toBe(true);
  });
});

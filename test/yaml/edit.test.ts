import { describe, expect, test } from 'vitest';
import { type EditResult, editManifest, type ListKeys } from '../../daemon/yaml/edit.ts';
import { readManifests } from '../../daemon/yaml/read.ts';
import { renderManifest } from '../../daemon/yaml/render.ts';

type Json = Record<string, unknown>;
const KEYS: Readonly<Record<string, readonly string[]>> = {
  'spec.containers': ['name'],
  'spec.containers.ports': ['containerPort', 'protocol'],
};
const listKeys: ListKeys = (path) => KEYS[path];

function edit(text: string, change: (object: Json) => Json | undefined, index = 0): EditResult {
  const present = readManifests(text).documents.find((one) => one.index === index)?.value as Json;
  const copy = structuredClone(present);
  return editManifest({ text, index, present, wanted: change(copy) ?? copy, listKeys });
}

function edited(text: string, change: (object: Json) => Json | undefined, index = 0): string {
  const result = edit(text, change, index);
  if ('refusal' in result) throw new Error(result.refusal);
  return result.text;
}

/** Sets a path such as `spec.containers.0.image`; undefined removes. */
const set = (path: string, value: unknown) => (object: Json) => {
  const steps = path.split('.');
  const last = steps.pop()!;
  const parent = steps.reduce<Json>((at, step) => at[step] as Json, object);
  if (value !== undefined) parent[last] = value;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return object;
};

const POD = `# The web tier.
apiVersion: v1
kind: Pod
metadata:
  name: web   # stays
  labels: {app: web, "tier": 'front'}
spec:
  # both containers
  containers:
  - name: web # first
    image: "registry.example/web:1"
    command: [sh, -c, 'sleep 1']
    ports:
    - containerPort: 80

  - name: log
    image: registry.example/log:1
    args:
      - |
        one
        two
      - last
# the end
`;

describe('a scalar', () => {
  test.each([
    ['spec.containers.0.image', 'registry.example/web:2', 'image: "registry.example/web:2"'],
    ['spec.containers.1.image', 'registry.example/log:2', 'image: registry.example/log:2'],
    ['metadata.name', 'site', 'name: site   # stays'],
    ['metadata.labels.tier', 'back', `"tier": 'back'}`],
    ['spec.containers.0.ports.0.containerPort', 8080, 'containerPort: 8080'],
    ['metadata.labels.app', 'yes', 'app: "yes"'],
    ['metadata.name', '007', 'name: "007"   # stays'],
    ['metadata.name', 'a: b # c', 'name: "a: b # c"   # stays'],
    ['spec.containers.1.args.1', 'x', '      - x'],
  ])('%s = %j', (path, value, line) => {
    const after = edited(POD, set(path, value));
    const changed = after.split('\n').filter((one, index) => one !== POD.split('\n')[index]);
    expect(changed).toHaveLength(1);
    expect(changed[0]).toContain(line);
  });

  test('block text stays block text, at its indentation', () => {
    expect(edited(POD, set('spec.containers.1.args.0', 'three\nfour\nfive'))).toBe(
      POD.replace('- |\n        one\n        two\n', '- |-\n        three\n        four\n        five\n'),
    );
  });

  test('that was left out, and one that becomes null', () => {
    expect(edited('a:   # why\nb: 1\n', set('a', 'x'))).toBe('a: x   # why\nb: 1\n');
    expect(edited('a: x # why\nb: 1\n', set('a', null))).toBe('a: null # why\nb: 1\n');
  });
});

describe('members', () => {
  test("are added behind the last, at the map's indentation", () => {
    expect(edited(POD, set('spec.restartPolicy', 'Never'))).toBe(
      POD.replace('# the end', '  restartPolicy: Never\n# the end'),
    );
    expect(edited(POD, set('spec.containers.0.env', [{ name: 'A', value: '1' }]))).toBe(
      POD.replace('- containerPort: 80\n', '- containerPort: 80\n    env:\n    - name: A\n      value: "1"\n'),
    );
    expect(edited(POD, set('metadata.labels.zone', 'b'))).toBe(POD.replace(`'front'}`, `'front', zone: b}`));
  });

  test('are removed with their lines', () => {
    expect(edited(POD, set('spec.containers.0.command', undefined))).toBe(POD.replace(/ {4}command.*\n/, ''));
    expect(edited(POD, set('spec.containers.0.ports', undefined))).toBe(
      POD.replace('    ports:\n    - containerPort: 80\n', ''),
    );
    expect(edited(POD, set('metadata.labels.app', undefined))).toBe(POD.replace('app: web, ', ''));
    expect(edited(POD, set('metadata.labels.tier', undefined))).toBe(POD.replace(`, "tier": 'front'`, ''));
  });

  test('that share a line with a dash hand their place on', () => {
    expect(edited('l:\n  - a: 1\n    b: 2\n    c: 3\n', set('l.0.a', undefined))).toBe('l:\n  - b: 2\n    c: 3\n');
    expect(edited('l:\n  - a: 1\n    b: 2\n    c: 3\n', () => ({ l: [{ c: 3 }] }))).toBe('l:\n  - c: 3\n');
  });

  test('to the last leave an empty map, and an empty map is filled', () => {
    expect(edited('a: # why\n  b: 1\nc: 2\n', set('a', {}))).toBe('a: {} # why\nc: 2\n');
    expect(edited('a: {} # why\nc: 2\n', set('a', { b: { x: 1 } }))).toContain('a: # why\n  b:\n    x: 1\nc: 2\n');
  });

  test('change their kind', () => {
    expect(edited('a: 1\nb: 2\n', set('a', { x: ['v'] }))).toBe('a:\n  x:\n  - v\nb: 2\n');
    expect(edited('a:\n  x: 1\nb: 2\n', set('a', 'v'))).toBe('a: v\nb: 2\n');
    expect(edited('a:\n- x\nb: 2\n', set('a', 'p\nq\n'))).toBe('a: |\n  p\n  q\nb: 2\n');
  });
});

describe('list items', () => {
  test('are matched by their key', () => {
    const text = edited(POD, (object) => {
      const spec = object['spec'] as { containers: Json[] };
      spec.containers = [{ name: 'init', image: 'i' }, spec.containers[1]!];
      return object;
    });
    expect(text).toContain('  containers:\n  - name: init\n    image: i\n\n  - name: log\n');
    expect(text).not.toContain('name: web # first');
  });

  test('are put where they are wanted', () => {
    const list = '- a # 1\n- c # 3\n';
    const insert = (items: string[]) => edited(`l:\n${list}`, () => ({ l: items }));
    expect(insert(['a', 'b', 'c'])).toBe('l:\n- a # 1\n- b\n- c # 3\n');
    expect(insert(['a', 'c', 'd'])).toBe('l:\n- a # 1\n- c # 3\n- d\n');
    expect(insert(['z', 'a', 'c'])).toBe('l:\n- z\n- a # 1\n- c # 3\n');
    expect(insert(['c'])).toBe('l:\n- c # 3\n');
    expect(insert([])).toBe('l: []\n');
  });

  test('of flow lists', () => {
    const to = (items: unknown[]) => edited('l: [a, b] # c\n', () => ({ l: items }));
    expect(to(['a', 'b', 'x z'])).toBe('l: [a, b, x z] # c\n');
    expect(to(['b'])).toBe('l: [b] # c\n');
    expect(to(['a'])).toBe('l: [a] # c\n');
    expect(to(['z', 'a', 'b'])).toBe('l: [z, a, b] # c\n');
    expect(to([{ a: 1 }])).toBe('l: [{a: 1}] # c\n');
  });
});

describe('the file around', () => {
  test('keeps CRLF, other documents and a missing final newline', () => {
    const text = 'a: 1\r\n---\r\nb: 2 # x\r\n---\r\nc: 3';
    expect(edited(text, () => ({ b: 2, m: ['v'] }), 1)).toBe('a: 1\r\n---\r\nb: 2 # x\r\nm:\r\n- v\r\n---\r\nc: 3');
    expect(edited(text, () => ({ c: 3, d: 4 }), 2)).toBe(`${text}\r\nd: 4`);
    expect(edited('a: 1\nb: 2', () => ({ a: 1 }))).toBe('a: 1');
  });

  test('keeps its way to indent', () => {
    const text = 'a:\n    b:\n        - x: 1\n';
    expect(edited(text, (object) => ({ ...object, c: { d: [{ e: 1 }] } }))).toBe(`${text}c:\n    d:\n        - e: 1\n`);
  });

  test('JSON stays JSON', () => {
    const text = '{\n  "a": 1,\n  "b": {\n    "c": "x"\n  }\n}\n';
    expect(edited(text, set('b.c', 'y'))).toBe(text.replace('"x"', '"y"'));
    expect(edited(text, set('d', { e: [1] }))).toBe(
      '{\n  "a": 1,\n  "b": {\n    "c": "x"\n  },\n  "d": {\n    "e": [\n      1\n    ]\n  }\n}\n',
    );
    expect(edited(text, set('a', undefined))).toBe('{\n  "b": {\n    "c": "x"\n  }\n}\n');
    const result = edited(text, set('b.f', true));
    expect(JSON.parse(result)).toEqual({ a: 1, b: { c: 'x', f: true } });
    expect(result).toContain('    "c": "x",\n    "f": true\n');
  });
});

describe('refusals', () => {
  const shared = 'base: &base\n  x: 1\n  l: [1]\na: *base\nb:\n  <<: *base\n  z: 2\n';
  test.each([
    ['an aliased value', set('a.x', 2), 4, 'shared by the alias *base'],
    ['an anchored value', set('base.x', 2), 1, 'shared by the anchor &base'],
    ['a removed anchor', set('base', undefined), 1, 'shared by the anchor &base'],
    ['a merged member', set('b.x', 2), 6, 'b.x comes from a merge key'],
  ])('%s', (_, change, line, message) => {
    const result = edit(shared, change);
    expect(result).toMatchObject({ refusal: expect.stringContaining(message) });
    if ('refusal' in result) expect(Math.abs(result.position.line - line)).toBeLessThanOrEqual(1);
  });

  test('beside what is shared is fine', () => {
    expect(edited(shared, set('b.z', 3))).toBe(shared.replace('z: 2', 'z: 3'));
    expect(edited(shared, set('c', 1))).toBe(`${shared}c: 1\n`);
  });

  test('a file that changed, cannot be read or lacks the document', () => {
    const request = { text: 'a: 1\n', index: 0, present: { a: 2 }, wanted: { a: 3 } };
    expect(editManifest(request)).toMatchObject({ refusal: 'the file holds something else than expected' });
    expect(editManifest({ ...request, text: 'a: [\n' })).toHaveProperty('refusal');
    expect(editManifest({ ...request, index: 1 })).toMatchObject({ refusal: 'the file has no document 2' });
  });
});

test('a new file is in conventional order and means the same', () => {
  const object = {
    status: { x: 1 },
    data: { 'a.conf': 'one\ntwo\n', odd: ' x', empty: '', time: '12:30', no: 'no', tab: 'a\tb', nl: '\n' },
    metadata: { labels: { app: 'x' }, namespace: 'web', name: 'c' },
    kind: 'ConfigMap',
    apiVersion: 'v1',
    list: [[1, ['x']], { a: [], b: {} }, 'p\nq'],
  };
  const text = renderManifest(object);
  expect(readManifests(text).documents[0]?.value).toEqual(object);
  expect(text).toMatch(
    /^apiVersion: v1\nkind: ConfigMap\nmetadata:\n {2}name: c\n {2}namespace: web\n {2}labels:\n {4}app: x\ndata:\n/,
  );
  expect(text).toContain('  a.conf: |\n    one\n    two\n');
  expect(text.trimEnd().endsWith('status:\n  x: 1')).toBe(true);
});

import { describe, expect, it } from 'vitest';
import { fieldChanges, formatFieldChange, pathOfSteps, withoutSecrets } from '../../daemon/base/field-changes.ts';

const lines = (before: unknown, after: unknown) => fieldChanges(before, after).map(formatFieldChange);

describe('changes of fields', () => {
  it('are none between equal objects, whatever the order of their fields', () => {
    expect(lines({ a: 1, b: { c: [] } }, { b: { c: [] }, a: 1 })).toEqual([]);
  });

  it('name what is new, gone and other', () => {
    expect(
      lines(
        { spec: { replicas: 2, paused: true }, metadata: { labels: { 'a.b/c': 'x' } } },
        { spec: { replicas: 3, minReadySeconds: 5 }, metadata: { labels: { 'a.b/c': 'y' } } },
      ),
    ).toEqual([
      '~ spec.replicas: 2 → 3',
      '+ spec.minReadySeconds: 5',
      '- spec.paused: true',
      '~ metadata.labels[a.b/c]: "x" → "y"',
    ]);
  });

  it('compare named items by name and tell their positions', () => {
    const before = {
      containers: [
        { name: 'a', image: '1' },
        { name: 'b', image: '1' },
      ],
    };
    const after = {
      containers: [
        { name: 'b', image: '2' },
        { name: 'c', image: '1' },
      ],
    };
    expect(fieldChanges(before, after)).toEqual([
      { path: 'containers[0].image', label: 'containers[b].image', before: '1', after: '2' },
      { path: 'containers[1]', label: 'containers[c]', after: { name: 'c', image: '1' } },
      { path: 'containers[0]', label: 'containers[a]', before: { name: 'a', image: '1' } },
    ]);
  });

  it('show another order of named items', () => {
    expect(lines({ l: [{ name: 'a' }, { name: 'b' }] }, { l: [{ name: 'b' }, { name: 'a' }] })).toEqual([
      '~ l: ["a","b"] → ["b","a"]',
    ]);
  });

  it('compare other lists by position', () => {
    expect(lines({ args: ['a', 'b'] }, { args: ['a', 'c', 'd'] })).toEqual(['~ args[1]: "b" → "c"', '+ args[2]: "d"']);
  });

  it('never show a Secret’s values', () => {
    const values = (text: string) => ({ data: { password: text }, stringData: { user: text }, type: text });
    const shown = withoutSecrets('Secret', fieldChanges(values('hunter2'), values('hunter3'))).map(formatFieldChange);
    expect(shown).toEqual([
      '~ data.password: <redacted> → <redacted>, another value',
      '~ stringData.user: <redacted> → <redacted>, another value',
      '~ type: "hunter2" → "hunter3"',
    ]);
    const made = withoutSecrets('Secret', fieldChanges({}, { data: { password: 'hunter2' } }));
    expect(JSON.stringify(made)).not.toContain('hunter2');
    const annotated = { metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': 'hunter2' } } };
    expect(JSON.stringify(withoutSecrets('Secret', fieldChanges({}, annotated)))).not.toContain('hunter2');
    const more = withoutSecrets('Secret', fieldChanges({ metadata: { annotations: {} } }, annotated));
    expect(JSON.stringify(more)).not.toContain('hunter2');
  });

  it('never show what is said to be hidden, nor what it is a part of', () => {
    const of = (value: string, env = value) => ({ spec: { env: [{ name: 'a', value: env }] }, other: value });
    const hidden = [pathOfSteps(['spec', 'env', 0, 'value'])];
    const shown = withoutSecrets('Deployment', fieldChanges(of('one'), of('two')), hidden).map(formatFieldChange);
    expect(shown).toEqual(['~ spec.env[a].value: <redacted> → <redacted>, another value', '~ other: "one" → "two"']);
    expect(
      JSON.stringify(withoutSecrets('Deployment', fieldChanges({}, { spec: of('x').spec }), hidden)),
    ).not.toContain('x"');
  });

  it('show of long values where they differ', () => {
    const [line] = lines(
      { a: `${'x'.repeat(300)}1${'y'.repeat(300)}` },
      { a: `${'x'.repeat(300)}2${'y'.repeat(300)}` },
    );
    expect(line!.length).toBeLessThan(260);
    expect(line).toContain('x1y');
    expect(line).toContain('x2y');
  });

  it('put no control character into a line', () => {
    expect(lines({ a: 'b' }, { a: '\u001b[31m\n' })).toEqual(['~ a: "b" → "\\u001b[31m\\n"']);
  });
});

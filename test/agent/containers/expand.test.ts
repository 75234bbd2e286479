import { describe, expect, it } from 'vitest';
import { readPodField, readResourceField } from '../../../daemon/agent/containers/downward.ts';
import { expandVariables } from '../../../daemon/agent/containers/expand.ts';

describe('variables', () => {
  it.each([
    ['$(A)', 'one'],
    ['x$(A)-$(B)y', 'xone-two2y'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$one'],
    ['$(NOPE)', '$(NOPE)'],
    ['$A $', '$A $'],
    ['$(A', '$(A'],
  ])('%s → %s', (text, expected) => {
    expect(
      expandVariables(
        text,
        new Map([
          ['A', 'one'],
          ['B', 'two2'],
        ]),
      ),
    ).toBe(expected);
  });
});

describe('downward fields', () => {
  const container = { name: 'c', image: 'i', resources: { limits: { memory: '64Mi' }, requests: { cpu: '250m' } } };
  const pod = {
    metadata: { name: 'p', labels: { b: '2', a: 'say "hi"' }, annotations: { 'x.io/y': 'z' } },
    spec: { containers: [container] },
    status: { podIP: '10.0.0.1' },
  };
  it('reads metadata and status', () => {
    expect(readPodField(pod, 'metadata.labels')).toBe('a="say \\"hi\\""\nb="2"');
    expect(readPodField(pod, "metadata.annotations['x.io/y']")).toBe('z');
    expect(readPodField(pod, 'status.podIP')).toBe('10.0.0.1');
  });
  it('divides resources, rounding up, and falls back to the node', () => {
    const allocatable = { cpu: '2', memory: '4Gi' };
    expect(readResourceField(pod, { containerName: 'c', resource: 'limits.memory', divisor: '1Mi' }, allocatable)).toBe(
      '64',
    );
    expect(readResourceField(pod, { containerName: 'c', resource: 'requests.cpu' }, allocatable)).toBe('1');
    expect(readResourceField(pod, { containerName: 'c', resource: 'requests.cpu', divisor: '1m' }, allocatable)).toBe(
      '250',
    );
    expect(readResourceField(pod, { containerName: 'c', resource: 'limits.cpu' }, allocatable)).toBe('2');
  });
});

import { describe, expect, it } from 'vitest';
import { podsToDelete } from '../../../daemon/controllers/shared/rank.ts';
import type { Pod } from '../../../daemon/kinds/types.generated.ts';
import { makePod } from '../../support/objects.ts';

const now = Date.parse('2026-01-02T00:00:00Z');
const at = (agoSeconds: number) => new Date(now - agoSeconds * 1_000).toISOString();

interface Shape {
  node?: string;
  phase?: string;
  readyAgo?: number;
  cost?: string;
  restarts?: number;
  age?: number;
}

const make = (name: string, shape: Shape): Pod =>
  makePod(name, {
    metadata: {
      uid: name,
      creationTimestamp: at(shape.age ?? 1_000),
      annotations: shape.cost ? { 'controller.kubernetes.io/pod-deletion-cost': shape.cost } : {},
    },
    spec: { containers: [], nodeName: 'node' in shape ? shape.node : 'n1' },
    status: {
      phase: shape.phase ?? 'Running',
      conditions:
        shape.readyAgo === undefined ? [] : [{ type: 'Ready', status: 'True', lastTransitionTime: at(shape.readyAgo) }],
      containerStatuses: [{ name: 'c', image: 'i', imageID: '', ready: true, restartCount: shape.restarts ?? 0 }],
    },
  } as Partial<Pod>);

/** The one of two that goes first. */
const first = (a: Shape, b: Shape, related?: Pod[]) => {
  const pods = [make('b', b), make('a', a)];
  return podsToDelete(pods, related ?? pods, 1, now)[0]!.metadata!.name;
};

describe('podsToDelete', () => {
  it.each([
    ['unassigned', { node: undefined }, { readyAgo: 10 }],
    ['pending', { phase: 'Pending' }, {}],
    ['not ready', {}, { readyAgo: 10 }],
    ['the cheaper', { readyAgo: 10, cost: '-5' }, { readyAgo: 10 }],
    ['ready for a shorter time', { readyAgo: 10 }, { readyAgo: 5_000 }],
    ['more restarts', { restarts: 3 }, {}],
    ['the younger', { age: 10 }, { age: 50_000 }],
  ])('takes %s first', (_, a, b) => {
    expect(first(a as Shape, b as Shape)).toBe('a');
  });

  it('takes from the node with more of its like', () => {
    const [a, b] = [make('a', { node: 'n1', readyAgo: 10 }), make('b', { node: 'n2', readyAgo: 10 })];
    const others = [make('c', { node: 'n1', readyAgo: 10 }), a, b];
    expect(podsToDelete([b, a], others, 1, now)[0]).toBe(a);
  });

  it('chooses by uid among pods of one magnitude of age, not always the newest', () => {
    expect(first({ readyAgo: 900 }, { readyAgo: 850 })).toBe('a');
    expect(first({ readyAgo: 850 }, { readyAgo: 900 })).toBe('a');
  });

  it('ignores a cost that is no whole number', () => {
    expect(first({ readyAgo: 10 }, { readyAgo: 5_000, cost: '-1.5' })).toBe('a');
  });
});

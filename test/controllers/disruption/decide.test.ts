import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../../daemon/base/json.ts';
import { decide } from '../../../daemon/controllers/disruption/decide.ts';
import { decideStale } from '../../../daemon/controllers/disruption/stale-conditions.ts';
import type { Pod, PodDisruptionBudgetSpec, PodDisruptionBudgetStatus } from '../../../daemon/kinds/types.generated.ts';

const NOW = Date.parse('2026-01-01T00:10:00Z');
const pod = (name: string, ready = true, more: object = {}): Pod =>
  ({
    metadata: { name, namespace: 'ns', ...more },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  }) as Pod;

interface Situation {
  spec: PodDisruptionBudgetSpec;
  pods: readonly Pod[];
  replicas?: number | 'unknown';
  status?: Partial<PodDisruptionBudgetStatus>;
}

function run({ spec, pods, replicas, status }: Situation) {
  const metadata = { name: 'b', namespace: 'ns', generation: 3 };
  const scale = replicas === 'unknown' ? replicas : replicas === undefined ? undefined : { uid: 'rs', replicas };
  const budget = { metadata, spec, ...(status ? { status: status as PodDisruptionBudgetStatus } : {}) };
  const { actions, waiting } = decide({ ...deepFreeze({ key: 'ns/b', budget, pods }), scaleOf: () => scale }, NOW);
  const update = actions.find((action) => action.type === 'updateStatus');
  return { status: update?.status, actions, waiting };
}

const three = [pod('a'), pod('b'), pod('c', false)];

describe('a budget allows', () => {
  it.each<[string, PodDisruptionBudgetSpec, number | undefined, Partial<PodDisruptionBudgetStatus>]>([
    [
      'what is healthy beyond minAvailable',
      { minAvailable: 1 },
      undefined,
      { disruptionsAllowed: 1, desiredHealthy: 1, expectedPods: 3 },
    ],
    [
      'a percentage of what is wanted, rounded up',
      { minAvailable: '40%' },
      4,
      { disruptionsAllowed: 0, desiredHealthy: 2, expectedPods: 4 },
    ],
    [
      'maxUnavailable of what is wanted',
      { maxUnavailable: 2 },
      3,
      { disruptionsAllowed: 1, desiredHealthy: 1, expectedPods: 3 },
    ],
    [
      'a percentage that may be missing',
      { maxUnavailable: '50%' },
      3,
      { disruptionsAllowed: 1, desiredHealthy: 1, expectedPods: 3 },
    ],
    [
      'nothing when more is wanted than there is',
      { minAvailable: 9 },
      undefined,
      { disruptionsAllowed: 0, desiredHealthy: 9, expectedPods: 3 },
    ],
  ])('%s', (_, spec, replicas, expected) => {
    const { status } = run({ spec, pods: three, replicas });
    expect(status).toMatchObject({ ...expected, currentHealthy: 2, observedGeneration: 3 });
  });

  it('nothing without pods, and says so', () => {
    const { status, actions } = run({ spec: { maxUnavailable: 1 }, pods: [] });
    expect(status).toMatchObject({ disruptionsAllowed: 0, expectedPods: 0, desiredHealthy: 0 });
    expect(actions[0]).toMatchObject({ type: 'tellBudget', reason: 'NoPods' });
  });

  it('nothing when a pod’s controller is not known', () => {
    const { status } = run({ spec: { maxUnavailable: 1 }, pods: three, replicas: 'unknown' });
    expect(status?.disruptionsAllowed).toBe(0);
    expect(status?.conditions).toMatchObject([
      { type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message: 'found no controllers for pod "a"' },
    ]);
  });
});

describe('the condition', () => {
  it('says whether there is room, and since when', () => {
    const first = run({ spec: { minAvailable: 1 }, pods: three }).status!;
    expect(first.conditions).toEqual([
      {
        type: 'DisruptionAllowed',
        status: 'True',
        reason: 'SufficientPods',
        message: '',
        observedGeneration: 3,
        lastTransitionTime: '2026-01-01T00:10:00Z',
      },
    ]);
    const since = first.conditions!.map((one) => ({ ...one, lastTransitionTime: '2025-01-01T00:00:00Z' }));
    expect(run({ spec: { minAvailable: 1 }, pods: three, status: { ...first, conditions: since } }).actions).toEqual(
      [],
    );
    const next = run({ spec: { minAvailable: 2 }, pods: three, status: { ...first, conditions: since } }).status!;
    expect(next.conditions).toMatchObject([
      { status: 'False', reason: 'InsufficientPods', lastTransitionTime: '2026-01-01T00:10:00Z' },
    ]);
  });
});

describe('an eviction that was granted', () => {
  const disruptedPods = { a: '2026-01-01T00:09:00Z', gone: '2026-01-01T00:09:00Z' };

  it('counts as done, until the pod is gone or two minutes are over', () => {
    const { status, waiting } = run({ spec: { minAvailable: 1 }, pods: three, status: { disruptedPods } });
    expect(status).toMatchObject({ disruptionsAllowed: 0, currentHealthy: 1, disruptedPods: { a: disruptedPods.a } });
    expect(waiting).toMatchObject([{ afterMs: 60_001 }]);
    const going = pod('a', true, { deletionTimestamp: '2026-01-01T00:10:00Z' });
    const begun = run({ spec: { minAvailable: 1 }, pods: [going, pod('b')], status: { disruptedPods } }).status!;
    expect(begun).toMatchObject({ currentHealthy: 1 });
    expect(begun.disruptedPods).toBeUndefined();
  });

  it('that did not happen is told of', () => {
    const late = { a: '2026-01-01T00:07:00Z' };
    const { status, actions } = run({ spec: { minAvailable: 1 }, pods: three, status: { disruptedPods: late } });
    expect(status).toMatchObject({ disruptionsAllowed: 1, currentHealthy: 2 });
    expect(actions[0]).toMatchObject({ type: 'tellNotDeleted' });
  });
});

describe('a pod that said it would go', () => {
  const said = (ago: number, more: object = {}, reason = 'EvictionByEvictionAPI'): Pod => {
    const lastTransitionTime = new Date(NOW - ago).toISOString();
    const conditions = [{ type: 'DisruptionTarget', status: 'True', reason, lastTransitionTime }];
    return { metadata: { name: 'a', ...more }, status: { conditions } } as Pod;
  };

  it('takes it back two minutes later', () => {
    expect(decideStale(said(30_000), NOW)).toMatchObject({ actions: [], waiting: [{ afterMs: 90_000 }] });
    expect(decideStale(said(120_000), NOW).actions).toMatchObject([{ type: 'takeBack' }]);
  });

  it('does not while it goes, or when its node said so', () => {
    expect(decideStale(said(200_000, { deletionTimestamp: '2026-01-01T00:10:00Z' }), NOW)).toEqual({ actions: [] });
    expect(decideStale(said(200_000, {}, 'TerminationByKubelet'), NOW)).toEqual({ actions: [] });
  });
});

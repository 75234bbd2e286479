import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../../daemon/base/json.ts';
import type { KubeObject } from '../../../daemon/base/object.ts';
import { decide } from '../../../daemon/controllers/resourcequota/decide.ts';
import { CONFIG_MAPS, PODS } from '../../../daemon/kinds/resources.ts';
import type { ResourceQuota } from '../../../daemon/kinds/types.generated.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const pod = (name: string, memory: string, more: object = {}): KubeObject =>
  ({
    metadata: { name, namespace: 'ns' },
    spec: { containers: [{ name: 'c', resources: { requests: { memory } } }] },
    ...more,
  }) as KubeObject;

function status(quota: Partial<ResourceQuota>, pods: readonly KubeObject[]) {
  const snapshot = deepFreeze({
    key: 'ns/q',
    quota: { metadata: { name: 'q', namespace: 'ns' }, ...quota },
    counted: [
      { resource: PODS, objects: pods },
      { resource: CONFIG_MAPS, objects: [{ metadata: { name: 'm', namespace: 'ns' } }] },
    ],
  });
  const { actions, waiting } = decide(snapshot, NOW);
  return { status: actions[0]?.status, waiting };
}

const hard = {
  'requests.memory': '1Gi',
  pods: '4',
  'count/pods': '9',
  configmaps: '5',
  'count/widgets.example.com': '1',
};

describe('a quota’s status', () => {
  it('says what is bounded and used; what is not served is not counted', () => {
    const ended = pod('c', '1Gi', { status: { phase: 'Failed' } });
    expect(status({ spec: { hard } }, [pod('a', '64Mi'), pod('b', '64Mi'), ended]).status).toEqual({
      hard,
      used: { 'count/pods': '3', configmaps: '1', pods: '2', 'requests.memory': '128Mi' },
    });
    expect(status({ spec: { hard } }, []).status?.used).toEqual({
      'count/pods': '0',
      configmaps: '1',
      pods: '0',
      'requests.memory': '0',
    });
  });

  it('is left alone when it is right', () => {
    const right = status({ spec: { hard } }, []).status!;
    expect(status({ spec: { hard }, status: right }, []).status).toBeUndefined();
  });

  it('is looked at again when a pod should have stopped', () => {
    const going = {
      deletionTimestamp: '2026-01-01T00:00:10Z',
      deletionGracePeriodSeconds: 10,
      name: 'a',
      namespace: 'ns',
    };
    const { status: now, waiting } = status({ spec: { hard: { pods: '1' } } }, [pod('a', '1Mi', { metadata: going })]);
    expect(now?.used).toEqual({ pods: '1' });
    expect(waiting).toMatchObject([{ afterMs: 20_001 }]);
  });
});

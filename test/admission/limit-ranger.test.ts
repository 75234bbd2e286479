/** LimitRanger: what pods are given and what they are refused for. */

import { describe, expect, it } from 'vitest';
import { admitObject } from '../../daemon/admission/admit-object.ts';
import { podAmounts } from '../../daemon/kinds/common/amounts.ts';
import { PODS } from '../../daemon/kinds/resources.ts';
import type { LimitRangeItem, Pod } from '../../daemon/kinds/types.generated.ts';
import { ADMIN, createEnvironment, registry } from './support.ts';

const limitRange = (name: string, ...limits: LimitRangeItem[]) => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name, namespace: 'default' },
  spec: { limits },
});

function admit(limits: ReturnType<typeof limitRange>[], spec: object) {
  const result = admitObject(createEnvironment(limits), {
    kind: registry.byResource('', 'v1', PODS.plural)!,
    operation: 'create',
    subresource: '',
    user: ADMIN,
    namespace: 'default',
    name: undefined,
    object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec } as never,
    fieldValidation: 'Strict',
  });
  return { pod: result.object as Pod, message: result.error?.message, at: result.problems[0]?.fieldPath };
}

const container = (resources: object = {}, name = 'c') => ({ name, image: 'i:1', resources });

describe('LimitRanger', () => {
  it('gives requests and limits to containers without, and notes it', () => {
    const limits = limitRange('l', {
      type: 'Container',
      default: { cpu: '1', memory: '512Mi' },
      defaultRequest: { cpu: '500m', memory: '256Mi' },
    });
    const { pod } = admit([limits], {
      containers: [container({ limits: { cpu: '2' }, requests: { cpu: '2' } })],
      initContainers: [container({}, 'i')],
    });
    expect(pod.spec?.containers[0]?.resources).toEqual({
      limits: { cpu: '2', memory: '512Mi' },
      requests: { cpu: '2', memory: '256Mi' },
    });
    expect(pod.metadata?.annotations).toEqual({
      'kubernetes.io/limit-ranger':
        'LimitRanger plugin set: memory request for container c; memory limit for container c; ' +
        'cpu, memory request for init container i; cpu, memory limit for init container i',
    });
    expect(pod.status?.qosClass).toBe('Burstable');
  });

  it.each<[string, LimitRangeItem, object, string]>([
    [
      'too little',
      { type: 'Container', min: { memory: '500Mi' } },
      { requests: { memory: '100Mi' }, limits: { memory: '1Gi' } },
      'minimum memory usage per Container is 500Mi, but request is 100Mi',
    ],
    [
      'nothing said',
      { type: 'Container', min: { memory: '500Mi' } },
      {},
      'minimum memory usage per Container is 500Mi.  No request is specified',
    ],
    [
      'too much',
      { type: 'Container', max: { cpu: '800m' } },
      { limits: { cpu: '1.5' } },
      '[maximum cpu usage per Container is 800m, but limit is 1500m]'.slice(1, -1),
    ],
    [
      'no limit',
      { type: 'Container', max: { cpu: '800m' } },
      {},
      'maximum cpu usage per Container is 800m.  No limit is specified',
    ],
    [
      'the ratio',
      { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
      { requests: { cpu: '100m' }, limits: { cpu: '1' } },
      'cpu max limit to request ratio per Container is 2, but provided ratio is 10.000000',
    ],
    [
      'a ratio without request',
      { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
      {},
      'cpu max limit to request ratio per Container is 2, but no request is specified or request is 0',
    ],
    [
      'the pod',
      { type: 'Pod', max: { memory: '100Mi' } },
      { limits: { memory: '101Mi' } },
      'maximum memory usage per Pod is 100Mi, but limit is 101Mi',
    ],
  ])('refuses %s', (_, item, resources, why) => {
    expect(admit([limitRange('l', item)], { containers: [container(resources)] }).message).toBe(
      `pods "p" is forbidden: ${why}`,
    );
  });

  it('tells several breaches at once, and where', () => {
    const item = { type: 'Container', max: { cpu: '1', memory: '1Gi' } };
    const { message, at } = admit([limitRange('l', item)], {
      containers: [
        container({ limits: { cpu: '1', memory: '1Gi' } }),
        container({ limits: { cpu: '2', memory: '2Gi' } }, 'd'),
      ],
    });
    expect(message).toBe(
      'pods "p" is forbidden: [maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Container is 1Gi, but limit is 2Gi]',
    );
    expect(at).toBe('spec.containers[1].resources');
  });

  it('lets what fits, and other namespaces, alone', () => {
    const item = { type: 'Container', max: { cpu: '1' } };
    expect(
      admit([limitRange('l', item)], { containers: [container({ limits: { cpu: '1' } })] }).message,
    ).toBeUndefined();
    const elsewhere = { ...limitRange('l', item), metadata: { name: 'l', namespace: 'other' } };
    expect(admit([elsewhere], { containers: [container()] }).message).toBeUndefined();
  });
});

describe('what a pod asks for as a whole', () => {
  it('counts init containers by the greatest, sidecars beside all', () => {
    const amounts = podAmounts(
      {
        containers: [container({ requests: { memory: '64Mi' } }), container({ requests: { memory: '64Mi' } })],
        initContainers: [
          { ...container({ requests: { memory: '32Mi' } }), restartPolicy: 'Always' },
          container({ requests: { memory: '256Mi' } }),
        ],
        overhead: { memory: '1Mi' },
      },
      'requests',
    );
    expect(amounts.get('memory')).toMatchObject({ nanos: 289n * 1024n * 1024n * 1_000_000_000n, format: 'BinarySI' });
  });
});

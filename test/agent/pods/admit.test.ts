/** What a node refuses, in the kubelet's words. */

import { describe, expect, it } from 'vitest';
import { type Place, refusalOf } from '../../../daemon/agent/pods/admit.ts';
import type { Node, Pod } from '../../../daemon/kinds/types.generated.ts';
import { makeContainer, makePod } from './make.ts';

const NODE: Node = { metadata: { name: 'n', labels: { disk: 'ssd' } } };
const place = (more: Partial<Place> = {}): Place => ({
  ...{ node: NODE, pods: [], allocatable: { cpu: '2', memory: '1Gi', 'ephemeral-storage': '10Gi', pods: '3' } },
  ...more,
});
const asking = (requests: Record<string, string>, more: Partial<NonNullable<Pod['spec']>> = {}) =>
  makePod({ containers: [makeContainer('main', { resources: { requests } })], ...more });
const withPort = (hostPort: number, more: object = {}) =>
  makePod({ containers: [makeContainer('main', { ports: [{ containerPort: 80, hostPort, ...more }] })] });
const taint = (effect: string) => ({ ...NODE, spec: { taints: [{ key: 'gone', value: 'x', effect }] } }) as Node;
const pressure = (...types: string[]) =>
  ({ ...NODE, status: { conditions: types.map((type) => ({ type, status: 'True' })) } }) as Node;
const lack = (name: string, requested: number, used: number, capacity: number) => ({
  reason: `OutOf${name}`,
  message: `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
});
const unfit = (name: string, why: string) => ({ reason: name, message: `Predicate ${name} failed: ${why}` });
const AFFINITY = unfit('NodeAffinity', "node(s) didn't match Pod's node affinity/selector");
const PORTS = unfit('NodePorts', "node(s) didn't have free ports for the requested pod ports");
const TAINT = unfit('TaintToleration', "node(s) had taints that the pod didn't tolerate");
const sysctl = (name: string) => makePod({ securityContext: { sysctls: [{ name, value: '1' }] } });
const affine = (values: string[]) =>
  makePod({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'In', values }] }],
        },
      },
    },
  });

describe('a node refuses a pod', () => {
  it.each<[string, Pod, Partial<Place>, object]>([
    [
      'too much cpu beside others',
      asking({ cpu: '1500m' }),
      { pods: [asking({ cpu: '1' })] },
      lack('cpu', 1500, 1000, 2000),
    ],
    ['too much memory', asking({ memory: '2Gi' }), {}, lack('memory', 2 ** 31, 0, 2 ** 30)],
    [
      'too much disk',
      asking({ 'ephemeral-storage': '11Gi' }),
      {},
      lack('ephemeral-storage', 11 * 2 ** 30, 0, 10 * 2 ** 30),
    ],
    ['too many pods', makePod({}), { pods: [makePod({}), makePod({}), makePod({})] }, lack('pods', 1, 3, 3)],
    [
      'a device that is taken',
      asking({ 'example.com/gpu': '1' }),
      { allocatable: { pods: '3', 'example.com/gpu': '1' }, pods: [asking({ 'example.com/gpu': '1' })] },
      lack('example.com/gpu', 1, 1, 1),
    ],
    ['another node’s labels', makePod({ nodeSelector: { disk: 'hdd' } }), {}, AFFINITY],
    ['another node’s affinity', affine(['hdd']), {}, AFFINITY],
    ['a port that is taken', withPort(80), { pods: [withPort(80, { hostIP: '192.0.2.1' })] }, PORTS],
    ['a taint that throws out', makePod({}), { node: taint('NoExecute') }, TAINT],
    [
      'lack of room before all else',
      asking({ cpu: '3' }, { nodeSelector: { disk: 'hdd' } }),
      {},
      lack('cpu', 3000, 0, 2000),
    ],
    [
      'kernel parameters that are not safe',
      sysctl('kernel/msgmax'),
      {},
      { reason: 'SysctlForbidden', message: 'forbidden sysctl: "kernel.msgmax" not allowlisted' },
    ],
    [
      'another operating system',
      makePod({ os: { name: 'windows' } }),
      {},
      { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" },
    ],
    [
      'another operating system by its label',
      makePod({}, { metadata: { labels: { 'kubernetes.io/os': 'windows' } } }),
      {},
      {
        reason: 'PodOSSelectorNodeLabelDoesNotMatch',
        message: "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label",
      },
    ],
    [
      'a full disk',
      asking({ cpu: '1' }),
      { node: pressure('MemoryPressure', 'DiskPressure') },
      { reason: 'Evicted', message: 'The node had condition: [MemoryPressure DiskPressure]. ' },
    ],
    [
      'little memory, of those that ask for none',
      makePod({}),
      { node: pressure('MemoryPressure') },
      { reason: 'Evicted', message: 'The node had condition: [MemoryPressure]. ' },
    ],
  ])('for %s', (_, pod, more, refusal) => {
    expect(refusalOf(pod, place(more))).toEqual(refusal);
  });
});

describe('a node takes a pod', () => {
  it.each<[string, Pod, Partial<Place>?]>([
    ['that just fits', asking({ cpu: '1' }), { pods: [asking({ cpu: '1' })] }],
    ['that asks for nothing, though nothing is left', makePod({}), { pods: [asking({ cpu: '2', memory: '1Gi' })] }],
    ['that asks for what no node advertises', asking({ 'example.com/licence': '1' })],
    ['whose labels match', makePod({ nodeSelector: { disk: 'ssd' } })],
    ['whose affinity matches', affine(['ssd', 'nvme'])],
    ['whose port is another', withPort(80), { pods: [withPort(81), withPort(80, { protocol: 'UDP' })] }],
    [
      'whose port is on another address',
      withPort(80, { hostIP: '192.0.2.2' }),
      { pods: [withPort(80, { hostIP: '192.0.2.1' })] },
    ],
    ['that only the scheduler would keep away', makePod({}), { node: taint('NoSchedule') }],
    ['that tolerates', makePod({ tolerations: [{ key: 'gone', operator: 'Exists' }] }), { node: taint('NoExecute') }],
    ['with safe kernel parameters', sysctl('net/ipv4/tcp_syncookies')],
    [
      'that says how much memory it needs, with little left',
      asking({ memory: '1Mi' }),
      { node: pressure('MemoryPressure') },
    ],
    [
      'that the cluster needs, whatever is lacking',
      makePod({ priority: 2_000_000_000 }),
      { node: pressure('DiskPressure') },
    ],
  ])('%s', (_, pod, more) => {
    expect(refusalOf(pod, place(more))).toBeUndefined();
  });
});

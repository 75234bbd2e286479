import { describe, expect, it } from 'vitest';
import { isNews, type NodeReport, newNode, nodeStatus } from '../../../daemon/agent/node/node-object.ts';

const report: NodeReport = {
  name: 'n1',
  ip: '192.0.2.1',
  podCidr: '10.244.0.0/24',
  facts: {
    machineId: 'm',
    bootId: 'b',
    systemUuid: 's',
    kernelVersion: '6.18',
    osImage: 'Debian',
    containerRuntimeVersion: 'podman://4.3.1',
    architecture: 'amd64',
    cpus: 2,
    memoryBytes: 4 * 2 ** 30,
    diskBytes: 100 * 2 ** 30,
  },
  pressure: {
    memoryAvailableBytes: 2 ** 30,
    memoryBytes: 4 * 2 ** 30,
    diskAvailableBytes: 50 * 2 ** 30,
    diskBytes: 100 * 2 ** 30,
    inodesFree: 50,
    inodes: 100,
    pids: 100,
    pidsMax: 32_768,
  },
  images: [],
  notReady: undefined,
};
const ready = (node: { conditions?: { type: string; status: string; reason?: string; message?: string }[] }) =>
  node.conditions?.find(({ type }) => type === 'Ready');

describe('node object', () => {
  it('is what the kubelet registers', () => {
    const node = newNode(report, 0);
    expect(node.metadata?.labels).toMatchObject({ 'kubernetes.io/hostname': 'n1', 'kubernetes.io/arch': 'amd64' });
    expect(node.status?.capacity).toMatchObject({ cpu: '2', memory: '4194304Ki', pods: '110' });
    expect(node.status?.allocatable).toMatchObject({ memory: '4091904Ki' });
    expect(ready(node.status!)).toMatchObject({
      status: 'True',
      reason: 'KubeletReady',
      message: 'kubelet is posting ready status',
    });
  });

  it('keeps the time of a condition’s last transition, and tells news from heartbeats', () => {
    const first = nodeStatus(report, undefined, 0);
    const second = nodeStatus(report, first, 60_000);
    expect(isNews(second, first)).toBe(false);
    expect(second.conditions?.[0]).toMatchObject({
      lastHeartbeatTime: '1970-01-01T00:01:00Z',
      lastTransitionTime: '1970-01-01T00:00:00Z',
    });
    const broken = nodeStatus({ ...report, notReady: 'podman does not answer' }, second, 90_000);
    expect(isNews(broken, second)).toBe(true);
    expect(ready(broken)).toMatchObject({
      status: 'False',
      reason: 'KubeletNotReady',
      message: 'podman does not answer',
      lastTransitionTime: '1970-01-01T00:01:30Z',
    });
  });

  it('says when disk, memory or processes run short', () => {
    const short = {
      ...report,
      pressure: { ...report.pressure, diskAvailableBytes: 2 ** 30, memoryAvailableBytes: 2 ** 20, pids: 32_000 },
    };
    const reasons = nodeStatus(short, undefined, 0).conditions?.map(
      ({ type, status, reason }) => `${type}=${status} ${reason}`,
    );
    expect(reasons).toEqual([
      'MemoryPressure=True KubeletHasInsufficientMemory',
      'DiskPressure=True KubeletHasDiskPressure',
      'PIDPressure=True KubeletHasInsufficientPID',
      'Ready=True KubeletReady',
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import type { ContainerStatus, Pod, PodStatus } from '../../../daemon/kinds/types.generated.ts';
import { kindOf } from '../support/admit.ts';

const kind = kindOf('', 'v1', 'Pod');
const NOW = Date.parse('2026-01-01T01:00:00Z');

interface Shape {
  status?: PodStatus;
  init?: ('plain' | 'sidecar')[];
  containers?: number;
  deletionTimestamp?: string;
}

/** Ready, Status, Restarts of a Pod. */
function cells({ status = {}, init = [], containers = 2, deletionTimestamp }: Shape) {
  const pod: Pod = {
    metadata: { name: 'a', creationTimestamp: '2026-01-01T00:00:00Z', deletionTimestamp },
    spec: {
      containers: Array.from({ length: containers }, (_, index) => ({ name: `c${index}`, image: 'x' })),
      initContainers: init.map((type, index) => ({
        name: `i${index}`,
        image: 'x',
        ...(type === 'sidecar' ? { restartPolicy: 'Always' } : {}),
      })),
    },
    status,
  };
  return kind.table.cells(pod, NOW).slice(1, 4);
}

const one = (name: string, state: ContainerStatus['state'], more: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name,
  state,
  image: 'x',
  imageID: '',
  ready: false,
  restartCount: 0,
  ...more,
});
const runs = { running: {} };
const ended = (exitCode: number, reason?: string, signal?: number) => ({ terminated: { exitCode, reason, signal } });

describe('the table of Pods', () => {
  it.each<[string, Shape, string[]]>([
    ['a Pod that waits', { status: { phase: 'Pending' } }, ['0/2', 'Pending', '0']],
    [
      'a Pod that runs',
      {
        status: {
          phase: 'Running',
          containerStatuses: [one('c0', runs, { ready: true }), one('c1', runs, { ready: true })],
        },
      },
      ['2/2', 'Running', '0'],
    ],
    [
      'the reason of the first container that has one',
      {
        status: {
          phase: 'Running',
          containerStatuses: [
            one('c0', { waiting: { reason: 'ErrImagePull' } }),
            one('c1', { waiting: { reason: 'CrashLoopBackOff' } }),
          ],
        },
      },
      ['0/2', 'ErrImagePull', '0'],
    ],
    [
      'restarts, with the age of the last',
      {
        status: {
          phase: 'Running',
          containerStatuses: [
            one('c0', runs, {
              ready: true,
              restartCount: 2,
              lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:57:00Z' } },
            }),
            one('c1', runs, {
              restartCount: 1,
              lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:10:00Z' } },
            }),
          ],
        },
      },
      ['1/2', 'Running', '3 (3m ago)'],
    ],
    [
      'initialization that goes on',
      {
        init: ['plain', 'plain'],
        status: { phase: 'Pending', initContainerStatuses: [one('i0', ended(0)), one('i1', runs)] },
      },
      ['0/2', 'Init:1/2', '0'],
    ],
    [
      'initialization that waits',
      {
        init: ['plain'],
        status: { phase: 'Pending', initContainerStatuses: [one('i0', { waiting: { reason: 'ImagePullBackOff' } })] },
      },
      ['0/2', 'Init:ImagePullBackOff', '0'],
    ],
    [
      'initialization that failed by signal',
      { init: ['plain'], status: { phase: 'Pending', initContainerStatuses: [one('i0', ended(137, undefined, 9))] } },
      ['0/2', 'Init:Signal:9', '0'],
    ],
    [
      'initialization that failed for a reason, and its restarts',
      {
        init: ['plain'],
        status: { phase: 'Pending', initContainerStatuses: [one('i0', ended(1, 'Error'), { restartCount: 4 })] },
      },
      ['0/2', 'Init:Error', '4'],
    ],
    [
      'a sidecar that is ready',
      {
        init: ['sidecar'],
        status: {
          phase: 'Running',
          initContainerStatuses: [one('i0', runs, { ready: true, started: true, restartCount: 1 })],
          containerStatuses: [one('c0', runs, { ready: true }), one('c1', runs)],
        },
      },
      ['2/3', 'Running', '1'],
    ],
    [
      'one completed container beside a running one',
      {
        status: {
          phase: 'Running',
          containerStatuses: [one('c0', ended(0, 'Completed')), one('c1', runs, { ready: true })],
        },
      },
      ['1/2', 'NotReady', '0'],
    ],
    [
      'the same in a Pod that is ready',
      {
        status: {
          phase: 'Running',
          conditions: [{ type: 'Ready', status: 'True' }],
          containerStatuses: [one('c0', ended(0, 'Completed')), one('c1', runs, { ready: true })],
        },
      },
      ['1/2', 'Running', '0'],
    ],
    [
      'an exit code',
      { containers: 1, status: { phase: 'Failed', containerStatuses: [one('c0', ended(3))] } },
      ['0/1', 'ExitCode:3', '0'],
    ],
    ['eviction', { status: { phase: 'Failed', reason: 'Evicted' } }, ['0/2', 'Evicted', '0']],
    [
      'a gate',
      {
        status: {
          phase: 'Pending',
          conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
        },
      },
      ['0/2', 'SchedulingGated', '0'],
    ],
    [
      'a Pod that goes',
      { deletionTimestamp: '2026-01-01T00:59:00Z', status: { phase: 'Running' } },
      ['0/2', 'Terminating', '0'],
    ],
    [
      'a Pod that is over and goes',
      {
        containers: 1,
        deletionTimestamp: '2026-01-01T00:59:00Z',
        status: { phase: 'Succeeded', containerStatuses: [one('c0', ended(0, 'Completed'))] },
      },
      ['0/1', 'Completed', '0'],
    ],
    [
      'a Pod of a lost node',
      { deletionTimestamp: '2026-01-01T00:59:00Z', status: { phase: 'Running', reason: 'NodeLost' } },
      ['0/2', 'Unknown', '0'],
    ],
  ])('%s', (_name, shape, expected) => {
    expect(cells(shape)).toEqual(expected);
  });

  it('marks the rows of Pods that are over', () => {
    const row = (phase: string) => kind.table.conditions?.({ status: { phase } } as Pod);
    expect(row('Running')).toEqual([]);
    expect(row('Succeeded')).toMatchObject([{ type: 'Completed', status: 'True', reason: 'Succeeded' }]);
    expect(row('Failed')).toMatchObject([{ type: 'Completed', reason: 'Failed' }]);
  });
});

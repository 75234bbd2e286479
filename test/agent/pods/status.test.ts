import { describe, expect, test } from 'vitest';
import { formatDelay } from '../../../daemon/agent/pods/backoff.ts';
import { renderStatus } from '../../../daemon/agent/pods/status.ts';
import { makeContainer, makePod, makeSnapshot, NOW, observed } from './make.ts';

const main = makeContainer('main');
const first = makeContainer('first');
const side = makeContainer('side', { restartPolicy: 'Always' });
const exited = (exitCode: number) => ({ state: 'exited' as const, exitCode });

const conditions = (status: ReturnType<typeof renderStatus>) =>
  Object.fromEntries(
    (status.conditions ?? []).map(({ type, status: value, reason }) => [type, reason ? `${value} ${reason}` : value]),
  );

describe('phase', () => {
  const phase = (...parameters: Parameters<typeof makeSnapshot>) =>
    renderStatus(makeSnapshot(...parameters), NOW).phase;

  test('follows the containers and the restart policy', () => {
    expect(phase(makePod({}))).toBe('Pending');
    expect(phase(makePod({}), [observed(main)])).toBe('Running');
    expect(phase(makePod({}), [observed(main, exited(1))])).toBe('Running');
    expect(phase(makePod({ restartPolicy: 'Never' }), [observed(main, exited(1))])).toBe('Failed');
    expect(phase(makePod({ restartPolicy: 'Never' }), [observed(main, exited(0))])).toBe('Succeeded');
    expect(phase(makePod({ restartPolicy: 'OnFailure' }), [observed(main, exited(1))])).toBe('Running');
  });

  test('is Pending while init containers run, Failed when one fails for good', () => {
    const pod = makePod({ initContainers: [first] });
    expect(phase(pod, [observed(first)])).toBe('Pending');
    expect(phase(makePod({ initContainers: [first], restartPolicy: 'Never' }), [observed(first, exited(3))])).toBe(
      'Failed',
    );
  });

  test('is never terminal while a container runs', () => {
    const pod = makePod({ initContainers: [side], restartPolicy: 'Never' });
    expect(phase(pod, [observed(side), observed(main, exited(0))])).toBe('Running');
    expect(phase(pod, [observed(side, exited(0)), observed(main, exited(0))])).toBe('Succeeded');
  });

  test('of a deleted pod says how its containers ended', () => {
    const pod = makePod({}, { metadata: { deletionTimestamp: '2026-11-21T10:00:00Z', deletionGracePeriodSeconds: 1 } });
    expect(phase(pod, [observed(main)])).toBe('Running');
    expect(phase(pod, [observed(main, exited(143))])).toBe('Failed');
    expect(phase(pod, [observed(main, exited(0))])).toBe('Succeeded');
  });

  test('that is terminal stays', () => {
    expect(phase(makePod({}, { status: { phase: 'Succeeded' } }), [])).toBe('Succeeded');
  });
});

test('of a pod that its node refused says nothing of containers and addresses', () => {
  const scheduled = { type: 'PodScheduled', status: 'True' as const };
  const pod = makePod({}, { status: { phase: 'Pending', conditions: [scheduled], qosClass: 'BestEffort' } });
  const verdict = { reason: 'SysctlForbidden', message: 'Pod was rejected: no', rejected: true as const };
  const status = renderStatus(makeSnapshot(pod, [], { prepared: false, verdict }), NOW);
  expect(status).toEqual({
    phase: 'Failed',
    conditions: [scheduled],
    reason: 'SysctlForbidden',
    message: 'Pod was rejected: no',
    startTime: '2026-11-21T10:00:00Z',
    qosClass: 'BestEffort',
  });
  // An agent that was started since says the same.
  expect(renderStatus(makeSnapshot({ ...pod, status }, [], { prepared: false }), NOW + 60_000)).toEqual(status);
});

describe('container statuses', () => {
  const statusOf = (...parameters: Parameters<typeof makeSnapshot>) =>
    renderStatus(makeSnapshot(...parameters), NOW).containerStatuses![0]!;

  test('of a running container', () => {
    expect(statusOf(makePod({}), [observed(main)])).toEqual({
      name: 'main',
      state: { running: { startedAt: '2026-11-21T09:59:56Z' } },
      lastState: {},
      ready: true,
      started: true,
      restartCount: 0,
      image: 'docker.io/library/example:1',
      imageID: 'sha256:abc',
      containerID: 'podman://main-0',
    });
  });

  test('of one that backs off', () => {
    const ended = observed(main, { ...exited(1), restartCount: 2, backoffMs: 20_000, message: 'bye' });
    const status = statusOf(makePod({}), [ended]);
    expect(status.state).toEqual({
      waiting: {
        reason: 'CrashLoopBackOff',
        message: 'back-off 20s restarting failed container=main pod=web_default(11111111-2222-3333-4444-555555555555)',
      },
    });
    expect(status.lastState?.terminated).toMatchObject({ exitCode: 1, reason: 'Error', message: 'bye' });
    expect(status.restartCount).toBe(2);
  });

  test('of one that was killed for memory, completed, or could not be started', () => {
    const pod = makePod({ restartPolicy: 'Never' });
    const reason = (more: object) =>
      statusOf(pod, [observed(main, { state: 'exited', ...more })]).state?.terminated?.reason;
    expect(reason({ exitCode: 137, oomKilled: true })).toBe('OOMKilled');
    expect(reason({ exitCode: 0 })).toBe('Completed');
    expect(reason({ exitCode: 128, startError: 'no such file' })).toBe('StartError');
  });

  test('before the first start say what is waited for', () => {
    expect(statusOf(makePod({})).state).toEqual({ waiting: { reason: 'ContainerCreating' } });
    expect(statusOf(makePod({ initContainers: [first] })).state).toEqual({ waiting: { reason: 'PodInitializing' } });
    const problem = { reason: 'ErrImagePull', message: 'no', untilMs: 0 };
    const images = new Map([['main', { state: 'failed' as const, problem }]]);
    expect(statusOf(makePod({}), [], { images }).state).toEqual({ waiting: { reason: 'ErrImagePull', message: 'no' } });
  });

  test('stay as reported when the containers of an ended pod are gone', () => {
    const known = {
      name: 'main',
      image: 'x',
      imageID: 'y',
      ready: true,
      restartCount: 3,
      containerID: 'podman://1',
      state: { terminated: { exitCode: 0 } },
    };
    const pod = makePod({}, { status: { phase: 'Succeeded', containerStatuses: [known] } });
    expect(statusOf(pod)).toEqual({ ...known, ready: false });
  });
});

describe('conditions', () => {
  test('of a ready pod and of one whose network is missing', () => {
    expect(conditions(renderStatus(makeSnapshot(makePod({}), [observed(main)]), NOW))).toEqual({
      PodReadyToStartContainers: 'True',
      Initialized: 'True',
      Ready: 'True',
      ContainersReady: 'True',
      PodScheduled: 'True',
    });
    const status = renderStatus(makeSnapshot(makePod({ initContainers: [first] }), [], { podIp: undefined }), NOW);
    expect(conditions(status)).toMatchObject({
      PodReadyToStartContainers: 'False',
      Initialized: 'False ContainersNotInitialized',
      Ready: 'False ContainersNotReady',
    });
  });

  test('keep the time of the last change, and what others have said', () => {
    const old = { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' };
    const gate = { type: 'example.com/gate', status: 'False' };
    const pod = makePod(
      { readinessGates: [{ conditionType: 'example.com/gate' }] },
      { status: { conditions: [old, gate] } },
    );
    const status = renderStatus(makeSnapshot(pod, [observed(main)]), NOW);
    const ready = status.conditions?.find(({ type }) => type === 'Ready');
    expect(ready).toMatchObject({
      status: 'False',
      reason: 'ReadinessGatesNotReady',
      lastTransitionTime: '2026-11-21T10:00:00Z',
    });
    expect(status.conditions).toContainEqual(gate);
  });
});

test('delays are written as Go writes them', () => {
  expect([10_000, 80_000, 300_000].map(formatDelay)).toEqual(['10s', '1m20s', '5m0s']);
});

describe('an ephemeral container', () => {
  const debug = makeContainer('debug');
  const statuses = (...parameters: Parameters<typeof makeSnapshot>) => {
    const status = renderStatus(makeSnapshot(...parameters), NOW);
    return { debug: status.ephemeralContainerStatuses?.[0], phase: status.phase, ready: conditions(status)['Ready'] };
  };

  test('is told of on its own, and does not matter to the pod', () => {
    const pod = makePod({ ephemeralContainers: [debug] });
    expect(statuses(pod, [observed(main)])).toMatchObject({
      debug: { name: 'debug', state: { waiting: { reason: 'ContainerCreating' } }, ready: false, restartCount: 0 },
      phase: 'Running',
      ready: 'True',
    });
    expect(statuses(pod, [observed(main), observed(debug)]).debug).toEqual({
      name: 'debug',
      state: { running: { startedAt: '2026-11-21T09:59:56Z' } },
      lastState: {},
      ready: false,
      restartCount: 0,
      image: 'docker.io/library/example:1',
      imageID: 'sha256:abc',
      containerID: 'podman://debug-0',
    });
    expect(statuses(pod, [observed(main), observed(debug, exited(3))])).toMatchObject({
      debug: { state: { terminated: { exitCode: 3, reason: 'Error' } } },
      phase: 'Running',
      ready: 'True',
    });
  });

  test('that is gone stays as it was told of', () => {
    const known = { name: 'debug', containerID: 'podman://x', state: { terminated: { exitCode: 0 } } };
    const pod = makePod({ ephemeralContainers: [debug] }, { status: { ephemeralContainerStatuses: [known] } as never });
    expect(statuses(pod, [observed(main)]).debug).toEqual(known);
  });
});

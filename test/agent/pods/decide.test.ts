import { describe, expect, test } from 'vitest';
import { decide } from '../../../daemon/agent/pods/decide.ts';
import { makeContainer, makePod, makeSnapshot, NOW, observed, UID } from './make.ts';

const main = makeContainer('main');
const first = makeContainer('first');
const side = makeContainer('side', { restartPolicy: 'Always' });
const exited = (exitCode: number) => ({ state: 'exited' as const, exitCode });
const deleting = (seconds: number) => ({
  metadata: { deletionTimestamp: '2026-11-21T10:00:00Z', deletionGracePeriodSeconds: seconds },
});
const types = (snapshot: Parameters<typeof decide>[0], now = NOW) =>
  decide(snapshot, now).actions.map((action) =>
    'container' in action ? `${action.type} ${action.container}` : action.type,
  );

describe('a pod on its way up', () => {
  test('is prepared while its first image is fetched', () => {
    const snapshot = makeSnapshot(makePod({}), [], { prepared: false, images: new Map() });
    expect(types(snapshot)).toEqual(['prepare', 'ensureImage main']);
  });

  test('is taken, or refused before anything is made for it', () => {
    const place = { node: {}, allocatable: { pods: '1' }, pods: [] };
    const fresh = { admitted: false, place, prepared: false, images: new Map() };
    expect(decide(makeSnapshot(makePod({}), [], fresh), NOW).actions).toEqual([{ type: 'admit', uid: UID }]);
    const full = { ...fresh, place: { ...place, pods: [makePod({})] } };
    expect(decide(makeSnapshot(makePod({}), [], full), NOW).actions).toMatchObject([
      { type: 'reject', uid: UID, reason: 'OutOfpods' },
    ]);
    // What was taken is kept.
    expect(types(makeSnapshot(makePod({}), [observed(main)], { place: full.place }))).toEqual([]);
  });

  test('is not prepared twice, and not before its back-off is over', () => {
    expect(types(makeSnapshot(makePod({}), [], { prepared: false, preparing: true }))).toEqual([]);
    const prepareProblem = { reason: 'FailedMount', message: 'no', untilMs: NOW + 500 };
    const waiting = makeSnapshot(makePod({}), [], { prepared: false, prepareProblem });
    expect(decide(waiting, NOW)).toMatchObject({ actions: [], waiting: [{ reason: 'FailedMount', afterMs: 500 }] });
    expect(types(waiting, NOW + 500)).toEqual(['prepare']);
  });

  test('starts init containers one after another, then all main containers', () => {
    const second = makeContainer('second');
    const pod = makePod({ initContainers: [first, second], containers: [main, makeContainer('other')] });
    expect(types(makeSnapshot(pod))).toEqual(['start first']);
    expect(types(makeSnapshot(pod, [observed(first)]))).toEqual([]);
    const one = observed(first, exited(0));
    expect(types(makeSnapshot(pod, [one]))).toEqual(['start second']);
    expect(types(makeSnapshot(pod, [one, observed(second, exited(0))]))).toEqual(['start main', 'start other']);
  });

  test('waits for a sidecar until it has started', () => {
    const pod = makePod({ initContainers: [side, first] });
    const probes = new Map([['side', { started: false, ready: false, live: true }]]);
    expect(types(makeSnapshot(pod, [observed(side)], { probes }))).toEqual([]);
    expect(types(makeSnapshot(pod, [observed(side)]))).toEqual(['start first']);
  });

  test('does not run init containers again when main containers exist', () => {
    const pod = makePod({ initContainers: [first, side] });
    const snapshot = makeSnapshot(pod, [observed(main), observed(side, exited(1))]);
    expect(types(snapshot)).toEqual(['start side']);
  });

  test('starts what was made and never started', () => {
    const snapshot = makeSnapshot(makePod({}), [observed(main, { state: 'created' })]);
    expect(types(snapshot)).toEqual(['resume main']);
  });

  test('waits with the next container for a postStart hook', () => {
    const pod = makePod({ containers: [main, makeContainer('other')] });
    const snapshot = makeSnapshot(pod, [observed(main)], { hooks: new Set(['main-0']) });
    expect(types(snapshot)).toEqual([]);
  });

  test('counts restarts on from what the API remembers', () => {
    const status = {
      containerStatuses: [
        { name: 'main', image: 'x', imageID: '', ready: false, restartCount: 4, containerID: 'podman://gone' },
      ],
    };
    expect(decide(makeSnapshot(makePod({}, { status })), NOW).actions).toMatchObject([{ restartCount: 5 }]);
  });
});

describe('an ended container', () => {
  test('is started again at once the first time, then after a doubling delay', () => {
    const once = observed(main, { ...exited(1), restartCount: 0 });
    expect(decide(makeSnapshot(makePod({}), [once]), NOW).actions).toMatchObject([
      { type: 'start', restartCount: 1, backoffMs: 10_000 },
    ]);
    const twice = observed(main, { ...exited(1), restartCount: 1, backoffMs: 10_000 });
    expect(decide(makeSnapshot(makePod({}), [twice]), NOW)).toMatchObject({
      actions: [],
      waiting: [{ reason: 'CrashLoopBackOff', afterMs: 10_000 }],
    });
    expect(decide(makeSnapshot(makePod({}), [twice]), NOW + 10_000).actions).toMatchObject([{ backoffMs: 20_000 }]);
  });

  test('starts over after ten minutes of running, and never waits more than five', () => {
    const long = observed(main, { ...exited(1), restartCount: 9, backoffMs: 300_000, createdMs: NOW - 600_001 });
    expect(decide(makeSnapshot(makePod({}), [long]), NOW).actions).toMatchObject([{ backoffMs: 10_000 }]);
    const short = observed(main, { ...exited(1), restartCount: 9, backoffMs: 300_000 });
    expect(decide(makeSnapshot(makePod({}), [short]), NOW + 300_000).actions).toMatchObject([{ backoffMs: 300_000 }]);
  });

  test('stays ended when the policy says so; then the pod gives back what it had', () => {
    const failed = observed(main, exited(1));
    expect(types(makeSnapshot(makePod({ restartPolicy: 'Never' }), [failed]))).toEqual(['cleanUp']);
    expect(types(makeSnapshot(makePod({ restartPolicy: 'OnFailure' }), [failed]))).toEqual(['start main']);
    const done = observed(main, exited(0));
    const finished = makeSnapshot(makePod({ restartPolicy: 'OnFailure' }), [done]);
    expect(decide(finished, NOW).actions).toEqual([{ type: 'cleanUp', uid: UID, removeContainers: false }]);
    expect(types({ ...finished, cleaned: true })).toEqual([]);
  });

  test('ends the pod when it is an init container that may not be repeated', () => {
    const pod = makePod({ restartPolicy: 'Never', initContainers: [first] });
    expect(types(makeSnapshot(pod, [observed(first, exited(2))]))).toEqual(['cleanUp']);
  });

  test('leaves only its newest and the one before', () => {
    const instances = [0, 1, 2].map((restartCount) => observed(main, { ...exited(1), restartCount }));
    const running = observed(main, { restartCount: 3 });
    expect(decide(makeSnapshot(makePod({}), [...instances, running]), NOW).actions).toEqual([
      { type: 'removeContainer', uid: UID, id: 'main-1' },
      { type: 'removeContainer', uid: UID, id: 'main-0' },
    ]);
  });
});

describe('a running container', () => {
  test('that is well is left alone', () => {
    expect(decide(makeSnapshot(makePod({}), [observed(main)]), NOW)).toEqual({ actions: [], waiting: [] });
  });

  test('is stopped when its liveness probe fails, once', () => {
    const probes = new Map([['main', { started: true, ready: false, live: false }]]);
    const snapshot = makeSnapshot(makePod({ terminationGracePeriodSeconds: 7 }), [observed(main)], { probes });
    expect(decide(snapshot, NOW).actions).toMatchObject([
      { type: 'stop', graceMs: 7_000, message: 'Container main failed liveness probe, will be restarted' },
    ]);
    expect(types({ ...snapshot, stopping: new Map([['main-0', NOW + 7_000]]) })).toEqual([]);
  });

  test('keeps running until the image that replaces it is there', () => {
    const pod = makePod({ containers: [makeContainer('main', { image: 'example:2' })] });
    const snapshot = makeSnapshot(pod, [observed(main)], { images: new Map() });
    expect(types(snapshot)).toEqual(['ensureImage main']);
    expect(types({ ...snapshot, images: new Map([['main', { state: 'ready' }]]) })).toEqual(['stop main']);
  });
});

describe('a pod on its way out', () => {
  test('stops main containers first, then sidecars in reverse order', () => {
    const last = makeContainer('last', { restartPolicy: 'Always' });
    const pod = makePod({ initContainers: [side, last] }, deleting(5));
    const all = [observed(side), observed(last), observed(main)];
    expect(types(makeSnapshot(pod, all))).toEqual(['stop main']);
    const mainEnded = [observed(side), observed(last), observed(main, exited(0))];
    expect(types(makeSnapshot(pod, mainEnded))).toEqual(['stop last']);
  });

  test('stops sidecars when the main containers are done', () => {
    const pod = makePod({ restartPolicy: 'Never', initContainers: [side] });
    expect(types(makeSnapshot(pod, [observed(side), observed(main, exited(0))]))).toEqual(['stop side']);
  });

  test('is stopped sooner when a shorter grace period comes later', () => {
    const snapshot = makeSnapshot(makePod({}, deleting(2)), [observed(main)]);
    expect(types({ ...snapshot, stopping: new Map([['main-0', NOW + 30_000]]) })).toEqual(['stop main']);
    expect(types({ ...snapshot, stopping: new Map([['main-0', NOW + 2_000]]) })).toEqual([]);
  });

  test('gives back what it had, then its object, then is forgotten', () => {
    const pod = makePod({}, deleting(5));
    const ended = makeSnapshot(pod, [observed(main, exited(143))]);
    expect(decide(ended, NOW).actions).toEqual([{ type: 'cleanUp', uid: UID, removeContainers: true }]);
    expect(types({ ...ended, containers: [], cleaned: true })).toEqual(['deleteObject']);
    expect(types({ ...ended, containers: [], cleaned: true, removed: true })).toEqual(['forget']);
  });

  test('leaves the object to whoever has put a finalizer on it', () => {
    const pod = makePod({}, { metadata: { ...deleting(5).metadata, finalizers: ['example.com/x'] } });
    expect(types(makeSnapshot(pod, [], { cleaned: true }))).toEqual([]);
  });

  test('is judged at its deadline', () => {
    const pod = makePod({ activeDeadlineSeconds: 60 }, { status: { startTime: '2026-11-21T09:59:30Z' } });
    const snapshot = makeSnapshot(pod, [observed(main)]);
    expect(decide(snapshot, NOW).waiting).toMatchObject([{ reason: 'ActiveDeadline', afterMs: 30_000 }]);
    expect(decide(snapshot, NOW + 30_000).actions).toMatchObject([{ type: 'judge', reason: 'DeadlineExceeded' }]);
    const verdict = { reason: 'DeadlineExceeded', message: '' };
    expect(types({ ...snapshot, verdict }, NOW + 30_000)).toEqual(['stop main']);
  });

  test('that the API calls failed is stopped and never started again', () => {
    const pod = makePod({}, { status: { phase: 'Failed' } });
    expect(types(makeSnapshot(pod, [observed(main)]))).toEqual(['stop main']);
    expect(types(makeSnapshot(pod, [], { cleaned: true }))).toEqual([]);
  });
});

describe('an ephemeral container', () => {
  const debug = makeContainer('debug');

  test('is started once, before all others, and never again', () => {
    const pod = makePod({ initContainers: [first], ephemeralContainers: [debug] });
    expect(types(makeSnapshot(pod))).toEqual(['start debug', 'start first']);
    const running = makePod({ ephemeralContainers: [debug] });
    expect(types(makeSnapshot(running, [observed(main), observed(debug)]))).toEqual([]);
    expect(types(makeSnapshot(running, [observed(main), observed(debug, exited(1))]))).toEqual([]);
    const lost = { ephemeralContainerStatuses: [{ name: 'debug', containerID: 'podman://x' }] };
    const known = makePod({ ephemeralContainers: [debug] }, { status: lost as never });
    expect(types(makeSnapshot(known, [observed(main)]))).toEqual([]);
  });

  test('keeps no pod from ending, and goes with it', () => {
    const pod = makePod({ restartPolicy: 'Never', ephemeralContainers: [debug] });
    const ended = makeSnapshot(pod, [observed(main, exited(0)), observed(debug)]);
    expect(types(ended)).toEqual(['stop debug']);
    const going = makePod({ ephemeralContainers: [debug] }, deleting(5));
    expect(types(makeSnapshot(going, [observed(main), observed(debug)]))).toEqual(['stop main', 'stop debug']);
  });

  test('waits for its target to run', () => {
    const startProblems = new Map([
      ['debug', { reason: 'CreateContainerConfigError', message: 'no', untilMs: NOW + 5 }],
    ]);
    const pod = makePod({ ephemeralContainers: [debug] });
    const waiting = makeSnapshot(pod, [observed(main)], { startProblems });
    expect(types(waiting)).toEqual([]);
    expect(types(waiting, NOW + 5)).toEqual(['start debug']);
  });
});

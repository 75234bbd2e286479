import { describe, expect, it } from 'vitest';
import type { Pod, PodSpec } from '../../../daemon/kinds/types.generated.ts';
import { create, kindOf, update } from '../support/admit.ts';
import { copyOf, podBody, texts } from '../support/expect.ts';

const kind = kindOf('', 'v1', 'Pod');

/** What changing a live Pod's specification answers. */
function change(spec: Partial<PodSpec>, alter: (spec: PodSpec) => void): string[] {
  const live = create(kind, podBody(spec)).object;
  const body = copyOf<Pod>(live);
  alter(body.spec!);
  return texts(update(kind, body, live).errors);
}

describe('a Pod update', () => {
  it.each<[string, Partial<PodSpec>, (spec: PodSpec) => void]>([
    ['an image', {}, (spec) => Object.assign(spec.containers[0]!, { image: 'a:2' })],
    ['a deadline', {}, (spec) => Object.assign(spec, { activeDeadlineSeconds: 5 })],
    ['a shorter deadline', { activeDeadlineSeconds: 9 }, (spec) => Object.assign(spec, { activeDeadlineSeconds: 5 })],
    ['a toleration more', {}, (spec) => Object.assign(spec, { tolerations: [{ operator: 'Exists' }] })],
    ['a gate less', { schedulingGates: [{ name: 'a.b/c' }] }, (spec) => Object.assign(spec, { schedulingGates: [] })],
    [
      'a narrower selector of a gated Pod',
      { schedulingGates: [{ name: 'a.b/c' }], nodeSelector: { a: '1' } },
      (spec) => Object.assign(spec, { nodeSelector: { a: '1', b: '2' } }),
    ],
  ])('may bring %s', (_name, spec, alter) => {
    expect(change(spec, alter)).toEqual([]);
  });

  it('may change nothing else, and says what it changed', () => {
    const [only, ...rest] = change({}, (spec) => Object.assign(spec, { hostname: 'x' }));
    expect(rest).toEqual([]);
    expect(only).toMatch(
      /^spec: Forbidden: pod updates may not change fields other than `spec.containers\[\*\].image`,`spec.initContainers\[\*\].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` \(only additions to existing tolerations\),`spec.terminationGracePeriodSeconds`/,
    );
    expect(only).toContain('+\u00a0\thostname: "x"');
  });

  it.each<[string, Partial<PodSpec>, (spec: PodSpec) => void, string]>([
    [
      'a container more',
      {},
      (spec) => spec.containers.push({ ...spec.containers[0]!, name: 'd' }),
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    ],
    [
      'a longer deadline',
      { activeDeadlineSeconds: 5 },
      (spec) => Object.assign(spec, { activeDeadlineSeconds: 6 }),
      'spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value',
    ],
    [
      'no deadline any more',
      { activeDeadlineSeconds: 5 },
      (spec) => delete spec.activeDeadlineSeconds,
      'spec.activeDeadlineSeconds: Invalid value: "null": must not update from a positive integer to nil value',
    ],
    [
      'a toleration less',
      { tolerations: [{ operator: 'Exists' }] },
      (spec) => delete spec.tolerations,
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    ],
    [
      'a new gate',
      {},
      (spec) => Object.assign(spec, { schedulingGates: [{ name: 'a.b/c' }] }),
      "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'a.b/c'",
    ],
    [
      'another selector of a gated Pod',
      { schedulingGates: [{ name: 'a.b/c' }], nodeSelector: { a: '1' } },
      (spec) => Object.assign(spec, { nodeSelector: { a: '2' } }),
      'spec.nodeSelector: Invalid value: map[string]string{"a":"2"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
    ],
  ])('may not bring %s', (_name, spec, alter, expected) => {
    expect(change(spec, alter)).toContain(expected);
  });

  it('leaves the status alone', () => {
    const live = create(kind, podBody()).object as Pod;
    const body = copyOf<Pod>(live);
    body.status = { phase: 'Failed' };
    expect((update(kind, body, live).object as Pod).status).toEqual(live.status);
  });
});

describe('metadata', () => {
  it('is checked by the common rules and by the own ones, as upstream does', () => {
    const live = create(kind, podBody()).object;
    const body = copyOf<Pod>(live);
    body.metadata!.labels = { 'a b': 'c' };
    const labels = texts(update(kind, body, live).errors).filter((text) => text.startsWith('metadata.labels'));
    expect(labels).toHaveLength(4);
  });

  it('does not let go of a deletion, nor gain finalizers under it', () => {
    const live = { ...create(kind, podBody()).object };
    live.metadata = { ...live.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['a.b/c'] };
    const body = copyOf<Pod>(live);
    delete body.metadata!.deletionTimestamp;
    body.metadata!.finalizers = ['a.b/c', 'a.b/d'];
    const { object, errors } = update(kind, body, live);
    expect(object.metadata?.deletionTimestamp).toBe('2026-01-01T00:00:00Z');
    expect(new Set(texts(errors))).toEqual(
      new Set([
        'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a.b/d"}',
      ]),
    );
  });

  it('stays named as it was', () => {
    const live = create(kind, podBody()).object;
    const body = copyOf<Pod>(live);
    Object.assign(body.metadata!, { name: 'q', uid: 'x' });
    const errors = texts(update(kind, body, { ...live, metadata: { ...live.metadata, uid: 'u' } }).errors);
    expect(errors).toContain('metadata.name: Invalid value: "q": field is immutable');
    expect(errors).toContain('metadata.uid: Invalid value: "x": field is immutable');
  });
});

describe('a Pod status update', () => {
  const withStatus = (status: object, spec: object = {}) =>
    ({ ...create(kind, podBody(spec)).object, status: { phase: 'Running', qosClass: 'BestEffort', ...status } }) as Pod;
  const ended = { name: 'c', state: { terminated: { exitCode: 1 } } };
  const running = { name: 'c', state: { running: {} } };

  it('leaves the specification and the owners alone', () => {
    const live = withStatus({});
    const body = copyOf<Pod>(live);
    body.spec!.hostname = 'x';
    body.metadata!.ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' }];
    const { object, errors } = update(kind, body, live, 'status');
    expect(texts(errors)).toEqual([]);
    expect((object as Pod).spec).toEqual(live.spec);
    expect(object.metadata?.ownerReferences).toBeUndefined();
  });

  it.each([
    ['Always', 0],
    ['OnFailure', 0],
    ['Never', 1],
  ])('with restart policy %s refuses %i revivals of a failed container', (restartPolicy, count) => {
    const live = withStatus({ containerStatuses: [ended] }, { restartPolicy });
    const body = { ...copyOf<Pod>(live), status: { ...live.status, containerStatuses: [running] } };
    expect(texts(update(kind, body, live, 'status').errors)).toEqual(
      Array(count).fill(
        'status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state',
      ),
    );
  });

  it('keeps the quality of service, and one address of a family', () => {
    const live = withStatus({});
    const body = withStatus({
      qosClass: 'Guaranteed',
      podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }],
      hostIPs: [{ ip: 'x' }],
    });
    expect(texts(update(kind, body, live, 'status').errors)).toEqual([
      'status.qosClass: Invalid value: "Guaranteed": field is immutable',
      'status.podIPs: Invalid value: []core.PodIP{core.PodIP{IP:"10.0.0.1"}, core.PodIP{IP:"10.0.0.2"}}: may specify no more than one IP for each IP family',
      'status.hostIPs[0].ip: Invalid value: "x": must be equal to `hostIP`',
      'status.hostIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ]);
  });

  it('tells an address in both forms', () => {
    const live = withStatus({});
    const { object } = update(
      kind,
      { ...copyOf<Pod>(live), status: { ...live.status, podIP: '10.0.0.1' } },
      live,
      'status',
    );
    expect((object as Pod).status?.podIPs).toEqual([{ ip: '10.0.0.1' }]);
  });
});
